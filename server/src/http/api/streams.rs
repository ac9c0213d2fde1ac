//! A stream as the API shows it: SRS's fields, and ours under names that SRS does not have.

use std::collections::BTreeMap;

use flvgate_media::format::Format;
use serde::Serialize;

use super::codecs::{Audio, Video};
use crate::http::Delivery;
use crate::http::mount::Mounts;
use crate::hub::StreamStatus;

/// One entry of `streams`.
#[derive(Debug, Serialize)]
pub(super) struct Stream {
    id: String,
    name: String,
    /// The vhost's name; SRS has an id here that only another endpoint explains.
    vhost: String,
    app: String,
    #[serde(rename = "tcUrl")]
    tc_url: String,
    /// `/app/stream`
    url: String,
    /// How long the current publication lasts, in milliseconds.
    live_ms: u64,
    /// Viewers and the publisher.
    clients: u64,
    /// Video frames received.
    frames: u64,
    send_bytes: u64,
    recv_bytes: u64,
    kbps: Rates,
    publish: Publish,
    video: Option<Video>,
    audio: Option<Audio>,
    drops: Drops,
    flvgate: Ours,
}

#[derive(Debug, Serialize)]
struct Rates {
    recv_30s: u64,
    send_30s: u64,
}

#[derive(Debug, Serialize)]
struct Publish {
    /// `false` while the stream waits for its publisher to come back.
    active: bool,
    /// The publisher's client id; empty without one.
    cid: String,
}

/// What slow viewers did not get.
#[derive(Debug, Serialize)]
struct Drops {
    skips: u64,
    skipped_tags: u64,
    /// Viewers cut off because they kept falling behind.
    too_slow: u64,
    /// Viewers cut off because their sockets took no byte for `send_timeout`.
    stalled: u64,
    /// Both.
    disconnects: u64,
}

#[derive(Debug, Serialize)]
struct Ours {
    viewers: u64,
    /// Where on this server the stream is to be had as FLV, over HTTP and WebSocket; `null` when it is not mounted.
    flv: Option<String>,
}

/// What holds for the server, beside the list.
#[derive(Debug, Serialize)]
pub(super) struct Server {
    version: &'static str,
    /// Streams in all, whatever part of them is shown.
    streams: usize,
    /// Viewers who left this listener, by reason.
    departures: BTreeMap<&'static str, u64>,
    /// Connections to this listener that were one too many.
    refused_connections: u64,
}

impl Stream {
    pub(super) fn of(status: StreamStatus, mounts: &Mounts) -> Self {
        let flv = mounts.url_of(&status.key, Format::Flv);
        let active = status.publisher.is_some();
        let publisher = status.publisher.unwrap_or_default();
        let key = status.key;
        Self {
            id: format!("vid-{}", status.id),
            url: format!("/{}/{}", key.app, key.stream),
            name: key.stream,
            vhost: key.vhost,
            app: key.app,
            tc_url: publisher.tc_url,
            live_ms: u64::try_from(status.live_for.as_millis()).unwrap_or(u64::MAX),
            clients: status.viewers + u64::from(active),
            frames: status.video_frames,
            send_bytes: status.sent_bytes,
            recv_bytes: status.received_bytes,
            kbps: Rates { recv_30s: status.received_kbps, send_30s: status.sent_kbps },
            publish: Publish { active, cid: publisher.client_id },
            video: status.video.map(|(codec, config)| Video::of(codec, &config)),
            audio: status.audio.map(|(codec, config)| Audio::of(codec, &config)),
            drops: Drops {
                skips: status.drops.skips,
                skipped_tags: status.drops.skipped_tags,
                too_slow: status.drops.too_slow,
                stalled: status.drops.stalled,
                disconnects: status.drops.too_slow + status.drops.stalled,
            },
            flvgate: Ours { viewers: status.viewers, flv },
        }
    }
}

impl Server {
    pub(super) fn of(delivery: &Delivery, streams: usize) -> Self {
        let departures = delivery.departures.counts().map(|(departure, count)| (departure.name(), count));
        Self {
            version: env!("CARGO_PKG_VERSION"),
            streams,
            departures: departures.collect(),
            refused_connections: delivery.overload.refused(),
        }
    }
}
