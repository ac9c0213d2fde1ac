//! The ids by which the API names what it shows.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::LazyLock;

/// Ids of one run of the server mean nothing in the next, so that a client cannot take one stream for another.
static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The id of the vhost with this name; the same as long as the server runs.
pub(super) fn vhost_id(name: &str) -> String {
    id_of(("vhost", name))
}

/// The id of the stream that the hub gave this number.
pub(super) fn stream_id(number: u64) -> String {
    id_of(("stream", number))
}

fn id_of(what: impl Hash) -> String {
    format!("vid-{:012x}", KEYS.hash_one(what) >> 16)
}
