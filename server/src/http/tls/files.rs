//! Identities as they are in their files now, and as they were when they were good.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::sign::CertifiedKey;

use super::identity::{self, IdentityError};
use super::{Identity, Wanted};

/// Every identity that is wanted, with the files that it came from.
#[derive(Clone, Debug, Default)]
pub(super) struct IdentityFiles {
    /// The same in all that one load has become.
    load: Arc<()>,
    wanted: Wanted,
    entries: HashMap<Identity, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    key: Arc<CertifiedKey>,
    /// The files that were judged last, whether they were taken or not.
    judged: Stamps,
    /// The files at the last look. Files are judged when they stand still: both are seldom replaced in one instant.
    seen: Stamps,
    /// What was logged last about files that are not taken.
    complaint: Option<String>,
}

/// The key's file and the certificate's.
type Stamps = [Option<Stamp>; 2];

/// What changes when a file does: it, or a link to it, becomes another file, or is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds of the last change of contents or attributes, which nothing can set back.
    changed: (i64, i64),
}

impl IdentityFiles {
    /// Loads all that is wanted.
    pub(super) fn load(wanted: Wanted) -> Result<Self, IdentityError> {
        let mut entries = HashMap::new();
        for identity in wanted.identities() {
            if entries.contains_key(identity) {
                continue;
            }
            // Before the files are read, so that a change meanwhile is seen at the next look.
            let stamps = stamps(identity);
            let key = identity::load(identity)?;
            let entry = Entry { key, judged: stamps, seen: stamps, complaint: None };
            entries.insert(identity.clone(), entry);
        }
        Ok(Self { load: Arc::default(), wanted, entries })
    }

    /// Whether both have come of one [`load`](Self::load).
    pub(super) fn is_of_one_load(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.load, &other.load)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) const fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    pub(super) fn certified_key(&self, identity: &Identity) -> Option<Arc<CertifiedKey>> {
        self.entries.get(identity).map(|entry| entry.key.clone())
    }

    /// Looks at all files; takes over those that have changed, fit, and did not change since the last look. Returns
    /// whether there are any.
    pub(super) fn refresh(&mut self) -> bool {
        let mut changed = false;
        for (identity, entry) in &mut self.entries {
            changed |= entry.refresh(identity, stamps(identity));
        }
        changed
    }
}

impl Entry {
    fn refresh(&mut self, identity: &Identity, now: Stamps) -> bool {
        let stands_still = std::mem::replace(&mut self.seen, now) == now;
        if !stands_still || self.judged == now {
            return false;
        }
        self.judged = now;
        match identity::load(identity) {
            Ok(key) => {
                let changed = key.cert != self.key.cert;
                let complained = self.complaint.take().is_some();
                self.key = key;
                if changed || complained {
                    let certificate = identity.cert.display();
                    tracing::info!(%certificate, "the certificate's files have changed; new connections get what is there now");
                }
                true
            }
            Err(error) => {
                let complaint = error.to_string();
                if self.complaint.as_ref() != Some(&complaint) {
                    tracing::warn!(%error, "the certificate's files have changed and cannot be used; keeping the old ones");
                    self.complaint = Some(complaint);
                }
                false
            }
        }
    }
}

fn stamps(identity: &Identity) -> Stamps {
    [Stamp::of(&identity.key), Stamp::of(&identity.cert)]
}

impl Stamp {
    /// Of the file behind all links; `None` when there is none.
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests;
