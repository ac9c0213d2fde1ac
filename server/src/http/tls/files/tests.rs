use std::os::unix::fs::symlink;
use std::path::PathBuf;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tempfile::TempDir;

use super::*;

struct Pair {
    key: String,
    cert: String,
}

impl Pair {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["test".to_owned()]).unwrap();
        Self { key: made.signing_key.serialize_pem(), cert: made.cert.pem() }
    }

    fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.cert.as_bytes()).unwrap()
    }

    fn write(&self, directory: &Path) {
        fs::write(directory.join("server.key"), &self.key).unwrap();
        fs::write(directory.join("server.crt"), &self.cert).unwrap();
    }
}

struct Fixture {
    directory: TempDir,
    identity: Identity,
    files: IdentityFiles,
}

impl Fixture {
    /// Loads the pair that `prepare` lays into `directory/live/`.
    fn new(prepare: impl FnOnce(&Path)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        prepare(directory.path());
        let live = directory.path().join("live");
        let identity = Identity { key: live.join("server.key"), cert: live.join("server.crt") };
        let wanted = Wanted { streams: Some(identity.clone()), ..Wanted::default() };
        let files = IdentityFiles::load(wanted).unwrap();
        Self { directory, identity, files }
    }

    fn of(pair: &Pair) -> Self {
        Self::new(|directory| {
            fs::create_dir(directory.join("live")).unwrap();
            pair.write(&directory.join("live"));
        })
    }

    fn live(&self) -> PathBuf {
        self.directory.path().join("live")
    }

    fn shown(&self) -> CertificateDer<'static> {
        self.files.certified_key(&self.identity).unwrap().cert[0].clone()
    }

    fn complaint(&self) -> Option<&str> {
        self.files.entries[&self.identity].complaint.as_deref()
    }

    /// Looks until the files have been seen to stand still.
    fn settle(&mut self) -> bool {
        let first = self.files.refresh();
        first | self.files.refresh()
    }
}

#[test]
fn files_that_stay_are_left_alone() {
    let pair = Pair::new();
    let mut fixture = Fixture::of(&pair);
    assert!(!fixture.settle());
    assert_eq!(fixture.shown(), pair.der());
}

#[test]
fn files_written_anew_are_taken_when_they_stand_still() {
    let (old, new) = (Pair::new(), Pair::new());
    let mut fixture = Fixture::of(&old);
    new.write(&fixture.live());
    assert!(!fixture.files.refresh(), "they may still be being written");
    assert!(fixture.files.refresh());
    assert_eq!(fixture.shown(), new.der());
    assert!(!fixture.settle(), "they are taken once");
}

#[test]
fn renamed_files_are_taken() {
    let (old, new) = (Pair::new(), Pair::new());
    let mut fixture = Fixture::of(&old);
    let prepared = fixture.directory.path().join("prepared");
    fs::create_dir(&prepared).unwrap();
    new.write(&prepared);
    for name in ["server.key", "server.crt"] {
        fs::rename(prepared.join(name), fixture.live().join(name)).unwrap();
    }
    assert!(fixture.settle());
    assert_eq!(fixture.shown(), new.der());
}

#[test]
fn a_flipped_link_to_the_directory_is_seen() {
    let (old, new) = (Pair::new(), Pair::new());
    let mut fixture = Fixture::new(|directory| {
        for (name, pair) in [("first", &old), ("second", &new)] {
            fs::create_dir(directory.join(name)).unwrap();
            pair.write(&directory.join(name));
        }
        symlink("first", directory.join("live")).unwrap();
    });
    symlink("second", fixture.directory.path().join("next")).unwrap();
    fs::rename(fixture.directory.path().join("next"), fixture.live()).unwrap();
    assert!(fixture.settle());
    assert_eq!(fixture.shown(), new.der());
}

#[test]
fn a_pair_that_does_not_fit_yet_leaves_the_old_one_and_is_complained_of() {
    let (old, new) = (Pair::new(), Pair::new());
    let mut fixture = Fixture::of(&old);
    fs::write(fixture.live().join("server.key"), &new.key).unwrap();
    assert!(!fixture.settle());
    assert_eq!(fixture.shown(), old.der());
    assert!(fixture.complaint().unwrap().contains("does not belong to"));

    fs::write(fixture.live().join("server.crt"), &new.cert).unwrap();
    assert!(fixture.settle());
    assert_eq!(fixture.shown(), new.der());
    assert_eq!(fixture.complaint(), None);
}

#[test]
fn files_that_go_and_come_back_do_no_harm() {
    let (old, new) = (Pair::new(), Pair::new());
    let mut fixture = Fixture::of(&old);
    fs::remove_file(fixture.live().join("server.crt")).unwrap();
    assert!(!fixture.settle());
    assert_eq!(fixture.shown(), old.der());
    new.write(&fixture.live());
    assert!(fixture.settle());
    assert_eq!(fixture.shown(), new.der());
}
