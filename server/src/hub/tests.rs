//! The hub as publishers and viewers meet it, on virtual time.

mod bounds;
mod clocks;
mod configurations;
mod formats;
mod joining;
mod keeping;
mod keyframes;
mod late_tracks;
mod muxing;
mod policies;
mod polling;
mod publishing;
mod reconfiguring;
mod slow;
mod telling;

use bytes::Bytes;
use flvgate_media::flv::{Demuxer, Event, Tag, TagType};
use tokio::time::timeout;

use super::*;
use crate::config::Publish;

/// On virtual time this passes as soon as nothing else is to come.
const PATIENCE: Duration = Duration::from_hours(1);

const VIDEO_CONFIG: &[u8] = &[0x17, 0, 0, 0, 0, 1, 100, 0, 31];
const AUDIO_CONFIG: &[u8] = &[0xaf, 0, 0x12, 0x10];

fn key() -> StreamKey {
    StreamKey { vhost: "v".into(), app: "live".into(), stream: "cam.1".into() }
}

fn tag(tag_type: TagType, timestamp: u64, body: &[u8]) -> Tag {
    Tag::parse(tag_type, timestamp, Bytes::copy_from_slice(body)).unwrap()
}

fn keyframe(timestamp: u64) -> Tag {
    tag(TagType::Video, timestamp, &[0x17, 1, 0, 0, 0, 0xaa])
}

fn inter(timestamp: u64) -> Tag {
    tag(TagType::Video, timestamp, &[0x27, 1, 0, 0, 0, 0xbb])
}

fn audio(timestamp: u64) -> Tag {
    tag(TagType::Audio, timestamp, &[0xaf, 1, 0xcc])
}

fn video_config() -> Tag {
    tag(TagType::Video, 0, VIDEO_CONFIG)
}

fn audio_config() -> Tag {
    tag(TagType::Audio, 0, AUDIO_CONFIG)
}

async fn publish(hub: &Arc<Hub>, vhost: &Arc<Vhost>) -> Publisher {
    hub.publish(key(), vhost.clone(), PublisherInfo::default()).await.unwrap()
}

async fn start(vhost: Vhost) -> (Arc<Hub>, Arc<Vhost>, Publisher) {
    let (hub, vhost) = (Hub::new(), Arc::new(vhost));
    let publisher = publish(&hub, &vhost).await;
    (hub, vhost, publisher)
}

/// A viewer that demuxes what it gets.
struct Watcher {
    viewer: Viewer,
    demuxer: Demuxer,
    seen: Vec<String>,
}

impl Watcher {
    async fn join(hub: &Arc<Hub>) -> Self {
        let viewer = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap();
        Self { viewer, demuxer: Demuxer::new(), seen: Vec::new() }
    }

    /// What has come, in short: `av` the header, `A` `V` `M` setup, `k` `i` `a` frames with their timestamps.
    async fn seen(&mut self, count: usize) -> Vec<String> {
        while self.seen.len() < count {
            self.step().await.unwrap();
        }
        assert_eq!(self.seen.len(), count, "{:?}", self.seen);
        std::mem::take(&mut self.seen)
    }

    async fn step(&mut self) -> Result<(), End> {
        let mut batch = Vec::new();
        let next = timeout(PATIENCE, self.viewer.next(&mut batch)).await;
        next.expect("there is something for the viewer")?;
        for parcel in batch {
            self.demuxer
                .push(&parcel, |event| {
                    self.seen.push(match event {
                        Event::Header(header) => {
                            format!(
                                "{}{}",
                                if header.has_audio { "a" } else { "" },
                                if header.has_video { "v" } else { "" }
                            )
                        }
                        Event::Tag(tag) => describe(tag.tag_type, tag.timestamp, tag.body),
                    });
                })
                .unwrap();
        }
        Ok(())
    }

    async fn end(&mut self) -> End {
        loop {
            if let Err(end) = self.step().await {
                return end;
            }
        }
    }
}

fn describe(tag_type: TagType, timestamp: u32, body: &[u8]) -> String {
    match (tag_type, body[0], body.get(1)) {
        (TagType::Script, ..) => "M".into(),
        (TagType::Audio, _, Some(0)) => "A".into(),
        (TagType::Audio, ..) => format!("a{timestamp}"),
        (TagType::Video, _, Some(0)) => "V".into(),
        (TagType::Video, 0x17, _) => format!("k{timestamp}"),
        (TagType::Video, ..) => format!("i{timestamp}"),
    }
}
