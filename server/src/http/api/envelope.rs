//! What is around every answer of the API.

use std::hash::{BuildHasher, RandomState};
use std::sync::{LazyLock, OnceLock};

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::HeaderName;
use http::header::CACHE_CONTROL;
use schemars::JsonSchema;
use serde::Serialize;

/// Every answer is of this moment.
pub(super) const NOT_STORED: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

/// SRS's envelope: a code, and who answers.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Answer")]
pub(super) struct Envelope<T> {
    /// 0: no error.
    code: Code,
    /// Names this run of the server: a client that sees another id knows of a restart.
    server: &'static str,
    /// Names this run of the server, too.
    service: &'static str,
    /// The process id.
    pid: String,
    #[serde(flatten)]
    content: T,
}

/// An answer that has nothing but the envelope.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Nothing {}

/// What was wrong with a request, in the envelope of a code other than 0.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Problem {
    flvgate: Explained,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Explained {
    /// What was wrong, for a person.
    error: String,
}

/// SRS's number for what was wrong; 0 for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(super) struct Code(pub(super) u32);

impl Code {
    pub(super) const OK: Self = Self(0);
    pub(super) const CONFIG_INVALID: Self = Self(super::reload::CONFIG_INVALID);
    pub(super) const RAW_UNKNOWN: Self = Self(1060);
    pub(super) const RAW_DISABLED: Self = Self(1061);
    pub(super) const VHOST_NOT_FOUND: Self = Self(2014);
    pub(super) const STREAM_NOT_FOUND: Self = Self(2048);
    pub(super) const CLIENT_NOT_FOUND: Self = Self(2049);

    /// What it says.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::OK => "no error",
            Self::CONFIG_INVALID => "the configuration is not put in force: data.msg tells why",
            Self::RAW_UNKNOWN => "rpc is not one of those that there are",
            Self::RAW_DISABLED => "the configuration does not allow it",
            Self::VHOST_NOT_FOUND => "there is no such vhost",
            Self::STREAM_NOT_FOUND => "there is no such stream",
            Self::CLIENT_NOT_FOUND => "there is no such client",
            Self(_) => "unknown",
        }
    }
}

static SERVER: LazyLock<String> = LazyLock::new(|| format!("vid-{}", random_id()));
/// What the operator calls this process (`server_id`).
static NAMED: OnceLock<String> = OnceLock::new();

/// Calls this process `name` from now on. Only the first name counts: a process has one for its life.
pub(in crate::http) fn name_server(name: &str) {
    NAMED.get_or_init(|| name.to_owned());
}
static SERVICE: LazyLock<String> = LazyLock::new(random_id);

/// An answer that has what was asked for.
pub(super) fn answer<T: Serialize>(content: T) -> Response {
    answer_with(Code::OK, content)
}

/// An answer that says what was wrong. Its HTTP status is 200, since clients of SRS look at the code.
pub(super) fn problem(code: Code, error: impl Into<String>) -> Response {
    answer_with(code, Problem { flvgate: Explained { error: error.into() } })
}

/// An answer that has a code and more.
pub(super) fn answer_with<T: Serialize>(code: Code, content: T) -> Response {
    let pid = std::process::id().to_string();
    let envelope = Envelope { code, server: NAMED.get().unwrap_or(&SERVER), service: &SERVICE, pid, content };
    (NOT_STORED, Json(envelope)).into_response()
}

/// Eight random characters. Not a secret: the keys of hash maps are random enough for a name.
pub(super) fn random_id() -> String {
    format!("{:08x}", RandomState::new().hash_one(()) & 0xffff_ffff)
}
