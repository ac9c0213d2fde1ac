//! `/api/v1/streams`: what is live. SRS's fields, and ours under names that SRS does not have.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use flvgate_media::format::Format;
use http::Uri;
use schemars::JsonSchema;
use serde::Serialize;

use super::codecs::{Audio, Video};
use super::endpoint::allowed_methods;
use super::envelope::{Code, answer, problem};
use super::ids::{stream_id, vhost_id};
use super::machine::now_ms;
use super::page::Page;
use super::rates::Kbps;
use crate::config::DEFAULT_VHOST;
use crate::http::mount::Mounts;
use crate::http::{Delivery, Entrance};
use crate::hub::{StreamKey, StreamStatus};
use crate::names::in_path;

/// What `streams` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Streams {
    streams: Vec<Stream>,
    flvgate: Server,
}

/// What `streams/ID` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct OneStream {
    stream: Stream,
}

/// A stream that is live, or may come back.
#[derive(Debug, Serialize, JsonSchema)]
struct Stream {
    id: String,
    name: String,
    /// The id of its vhost.
    vhost: String,
    app: String,
    /// Where its publisher connected, without query; empty without one.
    #[serde(rename = "tcUrl")]
    tc_url: String,
    /// `/app/stream`, encoded as in a URL, after the vhost's name when that is not the default vhost.
    url: String,
    /// The time of the answer, in milliseconds since 1970.
    live_ms: u64,
    /// Viewers and the publisher.
    clients: u64,
    /// Video frames received.
    frames: u64,
    /// Bytes handed to viewers.
    send_bytes: u64,
    /// Bytes of tag bodies received.
    recv_bytes: u64,
    kbps: Kbps,
    publish: Publish,
    /// `null` without video.
    video: Option<Video>,
    /// `null` without audio.
    audio: Option<Audio>,
    drops: Drops,
    flvgate: Ours,
}

/// Who publishes.
#[derive(Debug, Serialize, JsonSchema)]
struct Publish {
    /// `false` while the stream waits for its publisher to come back.
    active: bool,
    /// The publisher's client id; empty without one.
    cid: String,
}

/// What slow viewers did not get.
#[derive(Debug, Serialize, JsonSchema)]
struct Drops {
    /// How often a viewer skipped to the newest keyframe.
    skips: u64,
    /// Tags left out by those skips.
    skipped_tags: u64,
    /// Viewers cut off because they kept falling behind.
    too_slow: u64,
    /// Viewers cut off because their sockets took no byte for `send_timeout`.
    stalled: u64,
    /// Both.
    disconnects: u64,
}

/// What SRS does not tell.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StreamDetails")]
struct Ours {
    /// The name of its vhost.
    vhost: String,
    viewers: u64,
    /// How long the current publication lasts, in milliseconds; 0 without one.
    live_for_ms: u64,
    keyframes: Keyframes,
    /// Where on this server the stream is to be had as FLV, over HTTP and WebSocket; `null` when it is not mounted.
    flv: Option<String>,
    /// The same for every format that the stream is mounted as: `flv`, `ts`, `mp3`, `aac`.
    urls: BTreeMap<&'static str, String>,
}

/// How the current publication does with keyframes, at which viewers begin.
#[derive(Debug, Serialize, JsonSchema)]
struct Keyframes {
    /// Since the newest one, in milliseconds; `null` before the first.
    age_ms: Option<u64>,
    /// Video has come for more than 30 seconds without one.
    overdue: bool,
    /// Frames that the publisher had marked as inter frames and that are keyframes, since the stream began.
    corrected: u64,
}

/// What holds for the server, beside the list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ServerDetails")]
struct Server {
    version: &'static str,
    /// Streams in all, whatever part of them is shown.
    streams: usize,
    /// Viewers who left, by reason.
    departures: BTreeMap<&'static str, u64>,
    /// HTTP connections that were one too many.
    refused_connections: u64,
    /// HTTP/2 requests that were one too many.
    refused_streams: u64,
}

/// `GET /api/v1/streams`
pub(super) async fn list(
    State(delivery): State<Arc<Delivery>>,
    Extension(entrance): Extension<Entrance>,
    uri: Uri,
) -> Response {
    let all = delivery.hub.streams();
    let flvgate = Server::of(&delivery, all.len());
    let site = delivery.site();
    let page = Page::of(&uri, entrance).take(all);
    answer(Streams { streams: page.map(|status| Stream::of(status, &site.mounts)).collect(), flvgate })
}

/// `GET /api/v1/streams/ID`
pub(super) async fn one(State(delivery): State<Arc<Delivery>>, Path(id): Path<String>) -> Response {
    match delivery.hub.streams().into_iter().find(|stream| stream_id(stream.id) == id) {
        Some(status) => answer(OneStream { stream: Stream::of(status, &delivery.site().mounts) }),
        None => problem(Code::STREAM_NOT_FOUND, format!("there is no stream with the id {id:?}")),
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A stream's URL as SRS has it: RTMP's, and that of a mount by SRS's default without its extension.
pub(super) fn stream_url(key: &StreamKey) -> String {
    let vhost = if key.vhost == DEFAULT_VHOST { "" } else { &key.vhost };
    let levels = key.app.split('/').chain([key.stream.as_str()]);
    levels.fold(vhost.to_owned(), |url, level| format!("{url}/{}", in_path(level)))
}

impl Stream {
    fn of(status: StreamStatus, mounts: &Mounts) -> Self {
        // The API's own URLs go before streams that are called like them.
        let is_api = |url: &str| allowed_methods(url.split('?').next().unwrap_or_default()).is_some();
        let url = |format: Format| {
            let url = mounts.url_of(&status.key, format).filter(|url| !is_api(url))?;
            Some((format.name(), url))
        };
        let urls: BTreeMap<_, _> = Format::ALL.into_iter().filter_map(url).collect();
        let active = status.publisher.is_some();
        let publisher = status.publisher.unwrap_or_default();
        let key = status.key;
        Self {
            id: stream_id(status.id),
            url: stream_url(&key),
            name: key.stream,
            vhost: vhost_id(&key.vhost),
            app: key.app,
            tc_url: publisher.tc_url.to_string(),
            live_ms: now_ms(),
            clients: status.viewers + u64::from(active),
            frames: status.video_frames,
            send_bytes: status.sent_bytes,
            recv_bytes: status.received_bytes,
            kbps: Kbps { recv_30s: status.received_kbps, send_30s: status.sent_kbps },
            publish: Publish { active, cid: publisher.client_id },
            video: status.video.as_ref().map(Video::of),
            audio: status.audio.as_ref().map(Audio::of),
            drops: Drops {
                skips: status.drops.skips,
                skipped_tags: status.drops.skipped_tags,
                too_slow: status.drops.too_slow,
                stalled: status.drops.stalled,
                disconnects: status.drops.too_slow + status.drops.stalled,
            },
            flvgate: Ours {
                vhost: key.vhost,
                viewers: status.viewers,
                live_for_ms: milliseconds(status.live_for),
                keyframes: Keyframes {
                    age_ms: status.keyframes.age.map(milliseconds),
                    overdue: status.keyframes.overdue,
                    corrected: status.keyframes.corrected,
                },
                flv: urls.get(Format::Flv.name()).cloned(),
                urls,
            },
        }
    }
}

impl Server {
    fn of(delivery: &Delivery, streams: usize) -> Self {
        let departures = delivery.departures.counts().map(|(departure, count)| (departure.name(), count));
        Self {
            version: env!("CARGO_PKG_VERSION"),
            streams,
            departures: departures.collect(),
            refused_connections: delivery.overload.refused(),
            refused_streams: delivery.streams.refused(),
        }
    }
}
