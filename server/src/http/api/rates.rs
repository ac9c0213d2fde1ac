use schemars::JsonSchema;
use serde::Serialize;

/// Rates over the last 30 seconds, in kilobits a second.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Kbps {
    pub(super) recv_30s: u64,
    pub(super) send_30s: u64,
}
