//! Every key that flvgate serves, once: its places, its meaning, its default and its documentation.
//!
//! The reader, the environment, the suggestions and `conf/full.conf` all come from this table. There is one file for each
//! block, and the order of the keys is that of `conf/full.conf`.

mod cluster;
mod draft;
mod forward;
mod http_api;
mod http_remux;
mod http_server;
mod http_static;
mod https;
mod kind;
mod log;
mod play;
mod publish;
mod refer;
mod root;
mod rtmp;
mod security;
mod vhost;

use std::sync::LazyLock;

pub(super) use draft::{ConfigDraft, VhostDraft};
pub(super) use kind::{Kind, Remark};

/// The keys outside of vhosts.
pub(super) static ROOT: LazyLock<Table<ConfigDraft>> = LazyLock::new(|| {
    let blocks = [root::KEYS, log::KEYS, rtmp::KEYS, http_server::KEYS, http_api::KEYS];
    blocks.into_iter().flatten().collect()
});
/// The keys of a vhost.
pub(super) static VHOST: LazyLock<Table<VhostDraft>> = LazyLock::new(|| {
    let delivery = [vhost::KEYS, https::KEYS, http_remux::KEYS, http_static::KEYS, play::KEYS, publish::KEYS];
    let access = [cluster::KEYS, forward::KEYS, security::KEYS, refer::KEYS];
    delivery.into_iter().chain(access).flatten().collect()
});

/// Keys, those of one block one after another, a block inside another one behind it.
pub(super) type Table<T> = Vec<&'static Key<T>>;

/// The RTMP chunk header's message length has 24 bits, and no chunk is longer than its message.
const MAX_CHUNK: u64 = 0xff_ffff;
const HOUR_IN_MS: u64 = 3_600_000;

/// One key.
#[derive(Debug)]
pub(super) struct Key<T: 'static> {
    /// Where it belongs: the names of its blocks and its own, with dots between.
    pub(super) path: &'static str,
    /// Other places where SRS reads it.
    pub(super) also: &'static [&'static str],
    /// What its values mean.
    pub(super) kind: Kind<T>,
    /// The default as it is written in a file; of an optional key, an example.
    pub(super) default: Default,
    /// One paragraph for `conf/full.conf`.
    pub(super) doc: &'static str,
}

/// What is true when a key is not there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Default {
    /// The same as with this value.
    Value(&'static str),
    /// Something that cannot be written as a value; this is an example of one.
    Unset(&'static str),
    /// Nothing starts without it; this is an example.
    Needed(&'static str),
}

impl<T> Key<T> {
    /// The names of the environment variables that set it, the first one first.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        let upper = |path: &str| path.to_ascii_uppercase().replace('.', "_");
        let canonical = upper(self.path);
        // SRS's own log keys have their prefix once or twice.
        let short = canonical.starts_with("SRS_").then(|| canonical.clone());
        let also = self.also.iter().filter(|path| path.starts_with("rtmp.")).map(move |path| upper(path));
        short.into_iter().chain([canonical].into_iter().chain(also).map(|name| format!("SRS_{name}")))
    }

    /// Every place where it is read: where it belongs first.
    pub(super) fn places(&self) -> impl Iterator<Item = &'static str> {
        [self.path].into_iter().chain(self.also.iter().copied())
    }

    /// Its name, without its blocks.
    pub(super) fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The block that it belongs in, with dots between; empty outside of all blocks.
    pub(super) fn home(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(home, _)| home)
    }

    /// Puts `args` into `target`, which stays as it is when they are refused.
    pub(super) fn apply(&self, target: &mut T, args: &[&str]) -> Result<(), Remark> {
        self.kind.apply(target, args)
    }
}

impl Default {
    /// What is written in `conf/full.conf`.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Value(text) | Self::Unset(text) | Self::Needed(text) => text,
        }
    }
}

#[cfg(test)]
mod tests;
