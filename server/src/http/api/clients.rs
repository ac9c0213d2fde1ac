//! `/api/v1/clients`: everyone who publishes or plays, and the way to disconnect one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Uri};
use schemars::JsonSchema;
use serde::Serialize;

use super::cross_site;
use super::envelope::{Code, Nothing, answer, problem};
use super::ids::{stream_id, vhost_id};
use super::page::Page;
use super::rates::Kbps;
use super::streams::stream_url;
use crate::http::{Delivery, Entrance};
use crate::hub::clients::{Client as Registered, Encoder, Role};
use crate::hub::{Hub, Progress, StreamKey};

/// What `clients` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Clients {
    clients: Vec<Client>,
}

/// What `clients/ID` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct OneClient {
    client: Client,
}

/// One who publishes or plays.
#[derive(Debug, Serialize, JsonSchema)]
struct Client {
    id: String,
    /// The id of its vhost.
    vhost: String,
    /// The id of its stream; empty while it waits for one that is not there.
    stream: String,
    /// Its address.
    ip: String,
    /// The page that it is in: RTMP's `pageUrl`, HTTP's `Referer`. As of all URLs that clients tell, without query.
    #[serde(rename = "pageUrl")]
    page_url: String,
    #[serde(rename = "swfUrl")]
    swf_url: String,
    #[serde(rename = "tcUrl")]
    tc_url: String,
    /// `/app/stream`, encoded as in a URL, after the vhost's name when that is not the default vhost.
    url: String,
    /// The stream's name.
    name: String,
    /// What it does, in SRS's words.
    #[serde(rename = "type")]
    kind: Kind,
    publish: bool,
    /// Seconds since it came.
    alive: f64,
    /// Bytes sent to it.
    send_bytes: u64,
    /// Bytes received from it.
    recv_bytes: u64,
    kbps: Kbps,
    flvgate: Ours,
}

/// What a client does. SRS has one name for viewers over HTTP, whatever they get, and does not list what an edge pulls.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    FmlePublish,
    FlashPublish,
    HaivisionPublish,
    EdgePull,
    FlvPlay,
}

/// What SRS does not tell.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ClientDetails")]
struct Ours {
    /// The name of its vhost.
    vhost: String,
    /// `rtmp`, `http` or `websocket`.
    transport: &'static str,
    /// What a viewer gets: `flv`, `ts`, `mp3` or `aac`; `null` for a publisher.
    format: Option<&'static str>,
    /// How far a viewer is behind the live edge, in milliseconds of media that it has still to be given; `null` for a
    /// publisher, and while it waits for its stream.
    queue_age_ms: Option<u64>,
    /// How often a viewer fell behind so far that it skipped to the newest keyframe.
    skips: u64,
    /// Tags, or groups of packets, that it did not get because of that.
    skipped_tags: u64,
}

/// `GET /api/v1/clients`
pub(super) async fn list(
    State(delivery): State<Arc<Delivery>>,
    Extension(entrance): Extension<Entrance>,
    uri: Uri,
) -> Response {
    let streams = Streams::of(&delivery.hub);
    let page = Page::of(&uri, entrance).take(delivery.hub.clients().list());
    answer(Clients { clients: page.map(|client| Client::of(&client, &streams)).collect() })
}

/// `GET /api/v1/clients/ID`
pub(super) async fn one(State(delivery): State<Arc<Delivery>>, Path(id): Path<String>) -> Response {
    match delivery.hub.clients().find(&id) {
        Some(client) => answer(OneClient { client: Client::of(&client, &Streams::of(&delivery.hub)) }),
        None => not_found(&id),
    }
}

/// `DELETE /api/v1/clients/ID`
pub(super) async fn kick(
    State(delivery): State<Arc<Delivery>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let config = delivery.settings.current();
    // With a password, browsers ask first, and never add it by themselves to what pages of others DELETE.
    if config.http_api.auth.is_none()
        && let Err(refused) = cross_site::check(&uri, &headers, &config)
    {
        return refused.into_response();
    }
    if !delivery.hub.clients().kick(&id) {
        return not_found(&id);
    }
    tracing::info!(client = id, "client kicked by the API");
    answer(Nothing {})
}

fn not_found(id: &str) -> Response {
    problem(Code::CLIENT_NOT_FOUND, format!("there is no client with the id {id:?}"))
}

/// The numbers of the streams that there are.
struct Streams(HashMap<StreamKey, u64>);

impl Streams {
    fn of(hub: &Hub) -> Self {
        Self(hub.streams().into_iter().map(|stream| (stream.key, stream.id)).collect())
    }
}

impl Client {
    fn of(client: &Registered, streams: &Streams) -> Self {
        let (info, traffic) = (client.info(), client.traffic());
        let rates = traffic.rates();
        Self {
            id: client.id().to_owned(),
            vhost: vhost_id(&info.key.vhost),
            stream: streams.0.get(&info.key).map(|&number| stream_id(number)).unwrap_or_default(),
            ip: info.ip.to_string(),
            page_url: info.page_url.to_string(),
            swf_url: info.swf_url.to_string(),
            tc_url: info.tc_url.to_string(),
            url: stream_url(&info.key),
            name: info.key.stream.clone(),
            kind: Kind::of(info.role),
            publish: matches!(info.role, Role::Publisher(_) | Role::Origin),
            alive: client.alive().as_secs_f64(),
            send_bytes: traffic.sent_bytes(),
            recv_bytes: traffic.received_bytes(),
            kbps: Kbps { recv_30s: rates.received, send_30s: rates.sent },
            flvgate: Ours::of(client),
        }
    }
}

impl Kind {
    const fn of(role: Role) -> Self {
        match role {
            Role::Publisher(Encoder::Fmle) => Self::FmlePublish,
            Role::Publisher(Encoder::Flash) => Self::FlashPublish,
            Role::Publisher(Encoder::Haivision) => Self::HaivisionPublish,
            Role::Origin => Self::EdgePull,
            Role::Viewer { .. } => Self::FlvPlay,
        }
    }
}

impl Ours {
    fn of(client: &Registered) -> Self {
        let (transport, format) = match client.info().role {
            Role::Publisher(_) | Role::Origin => ("rtmp", None),
            Role::Viewer { transport, format } => (transport, Some(format.name())),
        };
        let progress = client.progress();
        Self {
            vhost: client.info().key.vhost.clone(),
            transport,
            format,
            queue_age_ms: progress.map(Progress::queue_age),
            skips: progress.map(Progress::skips).unwrap_or_default(),
            skipped_tags: progress.map(Progress::skipped_tags).unwrap_or_default(),
        }
    }
}
