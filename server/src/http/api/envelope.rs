//! What is around every answer of the API.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use serde::Serialize;

/// SRS's envelope: a code, and who answers.
#[derive(Debug, Serialize)]
pub(super) struct Envelope<T> {
    /// 0: no error.
    code: u32,
    /// Names this run of the server: a client that sees another id knows of a restart.
    server: &'static str,
    service: &'static str,
    pid: String,
    #[serde(flatten)]
    content: T,
}

static SERVER: LazyLock<String> = LazyLock::new(|| format!("vid-{}", random_id()));
static SERVICE: LazyLock<String> = LazyLock::new(random_id);

impl<T> Envelope<T> {
    pub(super) fn around(content: T) -> Self {
        Self { code: 0, server: &SERVER, service: &SERVICE, pid: std::process::id().to_string(), content }
    }
}

/// Eight random characters. Not a secret: the keys of hash maps are random enough for a name.
fn random_id() -> String {
    format!("{:08x}", RandomState::new().hash_one(()) & 0xffff_ffff)
}
