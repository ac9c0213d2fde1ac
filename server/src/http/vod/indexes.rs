//! The indexes of the files that were asked for last.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use flvgate_media::flv::Index;

/// How many are kept. One holds at most 4096 entries, of about 160 bytes each.
const MAX_INDEXES: usize = 64;

/// An index, which one request at a time makes longer.
pub(super) type SharedIndex = Arc<tokio::sync::Mutex<Index>>;

/// The indexes of the files that were asked for last.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    /// The one that was asked for last is last.
    kept: Mutex<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    version: Version,
    index: SharedIndex,
}

/// What of a file changes when its content does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// Bytes.
    pub(super) len: u64,
    pub(super) modified: Option<SystemTime>,
}

impl Indexes {
    /// The index of the file at `path`; a new one when the file has changed, or has not been asked for lately.
    pub(super) fn of(&self, path: &Path, version: Version) -> SharedIndex {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|one| one.path == path);
        let known = place.map(|place| kept.remove(place)).filter(|one| one.version == version);
        let one = known.unwrap_or_else(|| Kept {
            path: path.to_owned(),
            version,
            index: Arc::new(tokio::sync::Mutex::new(Index::new(version.len))),
        });
        if kept.len() == MAX_INDEXES {
            kept.remove(0);
        }
        let index = one.index.clone();
        kept.push(one);
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_kept_until_the_file_changes() {
        let indexes = Indexes::default();
        let version = |len| Version { len, modified: None };
        let first = indexes.of(Path::new("a"), version(5));
        assert!(Arc::ptr_eq(&first, &indexes.of(Path::new("a"), version(5))));
        assert!(!Arc::ptr_eq(&first, &indexes.of(Path::new("a"), version(6))));
        assert!(!Arc::ptr_eq(&first, &indexes.of(Path::new("b"), version(5))));
    }

    #[test]
    fn the_one_that_was_asked_for_longest_ago_goes() {
        let indexes = Indexes::default();
        let of = |name: usize| indexes.of(Path::new(&name.to_string()), Version { len: 1, modified: None });
        let (first, second) = (of(0), of(1));
        (2..MAX_INDEXES).for_each(|name| drop(of(name)));
        assert!(Arc::ptr_eq(&first, &of(0)));
        drop(of(MAX_INDEXES));
        assert!(Arc::ptr_eq(&first, &of(0)));
        assert!(!Arc::ptr_eq(&second, &of(1)));
        assert_eq!(indexes.kept.lock().unwrap().len(), MAX_INDEXES);
    }
}
