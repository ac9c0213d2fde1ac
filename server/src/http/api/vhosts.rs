//! `/api/v1/vhosts`: the vhosts of the configuration, with what is going on in them.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::Uri;
use schemars::JsonSchema;
use serde::Serialize;

use super::envelope::{Code, answer, problem};
use super::ids::vhost_id;
use super::page::Page;
use super::rates::Kbps;
use crate::config;
use crate::http::{Delivery, Entrance};
use crate::hub::StreamStatus;

/// What `vhosts` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Vhosts {
    vhosts: Vec<Vhost>,
}

/// What `vhosts/ID` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct OneVhost {
    vhost: Vhost,
}

/// One vhost.
#[derive(Debug, Serialize, JsonSchema)]
struct Vhost {
    id: String,
    name: String,
    enabled: bool,
    /// Publishers and viewers now.
    clients: u64,
    /// Streams that are live, or may come back.
    streams: u64,
    /// Bytes sent to clients since the server started.
    send_bytes: u64,
    /// Bytes received from clients since the server started.
    recv_bytes: u64,
    kbps: Kbps,
    hls: Hls,
}

/// HLS.
#[derive(Debug, Serialize, JsonSchema)]
struct Hls {
    /// Always `false`: this server makes none.
    enabled: bool,
}

/// `GET /api/v1/vhosts`
pub(super) async fn list(
    State(delivery): State<Arc<Delivery>>,
    Extension(entrance): Extension<Entrance>,
    uri: Uri,
) -> Response {
    let (config, streams) = (delivery.settings.current(), delivery.hub.streams());
    let page = Page::of(&uri, entrance).take(&config.vhosts);
    answer(Vhosts { vhosts: page.map(|vhost| Vhost::of(vhost, &delivery, &streams)).collect() })
}

/// `GET /api/v1/vhosts/ID`
pub(super) async fn one(State(delivery): State<Arc<Delivery>>, Path(id): Path<String>) -> Response {
    let config = delivery.settings.current();
    match config.vhosts.iter().find(|vhost| vhost_id(&vhost.name) == id) {
        Some(vhost) => answer(OneVhost { vhost: Vhost::of(vhost, &delivery, &delivery.hub.streams()) }),
        None => problem(Code::VHOST_NOT_FOUND, format!("there is no vhost with the id {id:?}")),
    }
}

impl Vhost {
    fn of(vhost: &config::Vhost, delivery: &Delivery, streams: &[StreamStatus]) -> Self {
        let traffic = delivery.hub.clients().of_vhost(&vhost.name);
        Self {
            id: vhost_id(&vhost.name),
            name: vhost.name.clone(),
            enabled: vhost.enabled,
            clients: traffic.clients,
            streams: streams.iter().filter(|stream| stream.key.vhost == vhost.name).count() as u64,
            send_bytes: traffic.sent_bytes,
            recv_bytes: traffic.received_bytes,
            kbps: Kbps { recv_30s: traffic.rates.received, send_30s: traffic.rates.sent },
            hls: Hls { enabled: false },
        }
    }
}
