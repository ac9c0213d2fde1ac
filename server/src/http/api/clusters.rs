//! `/api/v1/clusters`: which origin has a stream. One server is no cluster: none has.

use axum::response::Response;
use http::Uri;
use schemars::JsonSchema;
use serde::Serialize;

use super::envelope::answer;
use crate::http::requested_vhost::query_value;

/// What `clusters` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Clusters {
    data: Cluster,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Cluster {
    query: Asked,
    /// Always `null`: this server knows no other origin.
    origin: Option<Origin>,
}

/// What was asked.
#[derive(Debug, Serialize, JsonSchema)]
struct Asked {
    ip: String,
    vhost: String,
    app: String,
    stream: String,
}

/// An origin that has the stream.
#[derive(Debug, Serialize, JsonSchema)]
struct Origin {
    ip: String,
    port: u16,
    vhost: String,
}

/// `GET /api/v1/clusters?vhost=&ip=&app=&stream=`
pub(super) async fn clusters(uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let value = |name| query_value(query, name).unwrap_or_default();
    let query = Asked { ip: value("ip"), vhost: value("vhost"), app: value("app"), stream: value("stream") };
    answer(Clusters { data: Cluster { query, origin: None } })
}
