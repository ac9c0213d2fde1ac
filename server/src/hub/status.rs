//! What the API tells of a stream.

use std::time::Duration;

use bytes::Bytes;
use flvgate_media::codec::{AudioCodec, VideoCodec};
use flvgate_media::flv::{Tag, TagKind};
use flvgate_media::format::Format;

use super::stream::Stream;
use super::{PublisherInfo, StreamKey};

/// A stream as it is now; counts are since it began.
#[derive(Clone, Debug)]
pub struct StreamStatus {
    /// Unique in the process's life.
    pub id: u64,
    /// The stream's name.
    pub key: StreamKey,
    /// Who publishes it; `None` in the grace period.
    pub publisher: Option<PublisherInfo>,
    /// How long the current publication lasts.
    pub live_for: Duration,
    /// Viewers now.
    pub viewers: u64,
    /// Viewers now, by what they get the stream as.
    pub viewers_by_format: [(Format, u64); Format::ALL.len()],
    /// Video frames received.
    pub video_frames: u64,
    /// Bytes of tag bodies received.
    pub received_bytes: u64,
    /// Bytes handed to viewers.
    pub sent_bytes: u64,
    /// What is kept for viewers, in bytes of memory: the rings of all formats.
    pub buffered_bytes: u64,
    /// What came in over the last 30 seconds, in kilobits a second.
    pub received_kbps: u64,
    /// What went out over the last 30 seconds, in kilobits a second.
    pub sent_kbps: u64,
    /// What slow viewers did not get.
    pub drops: Drops,
    /// The video codec, and its sequence header's data.
    pub video: Option<(VideoCodec, Bytes)>,
    /// The audio codec, and its sequence header's data.
    pub audio: Option<(AudioCodec, Bytes)>,
}

/// What slow viewers did not get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// How often a viewer skipped to the newest keyframe.
    pub skips: u64,
    /// Tags left out by those skips.
    pub skipped_tags: u64,
    /// Viewers disconnected because they kept falling behind.
    pub too_slow: u64,
    /// Viewers disconnected because their sockets took no byte for too long.
    pub stalled: u64,
}

impl StreamStatus {
    pub(super) fn of(stream: &Stream) -> Self {
        let counters = &stream.counters;
        let publication =
            stream.with_publication(|publication| (publication.info.clone(), publication.since.elapsed()));
        let (publisher, live_for) = publication.unzip();
        let codecs = stream.codecs();
        let rates = stream.rates();
        let viewers_by_format = Format::ALL.map(|format| (format, stream.viewers_of(format)));
        Self {
            id: stream.id,
            key: stream.key.clone(),
            publisher,
            live_for: live_for.unwrap_or_default(),
            viewers: viewers_by_format.iter().map(|(_, viewers)| viewers).sum(),
            viewers_by_format,
            video_frames: counters.video_frames.total(),
            received_bytes: counters.received_bytes.total(),
            sent_bytes: counters.sent_bytes.total(),
            buffered_bytes: stream.buffered_bytes() as u64,
            received_kbps: rates.received,
            sent_kbps: rates.sent,
            drops: Drops {
                skips: counters.skips.total(),
                skipped_tags: counters.skipped_tags.total(),
                too_slow: counters.too_slow.total(),
                stalled: counters.stalled.total(),
            },
            video: codecs.video,
            audio: codecs.audio,
        }
    }
}

/// What is kept of a sequence header or frame at most, in bytes; real headers have some hundreds.
const MAX_KEPT: usize = 64 * 1024;

/// The codecs of the current publication, with their configuration: the body of the newest sequence header, or of a
/// frame for codecs that have none.
#[derive(Clone, Debug, Default)]
pub(super) struct Codecs {
    pub(super) video: Option<(VideoCodec, Bytes)>,
    pub(super) audio: Option<(AudioCodec, Bytes)>,
}

impl Codecs {
    /// Learns from a tag which codec its track has.
    pub(super) fn note(&mut self, tag: &Tag) {
        // The first track is what is told of.
        let configures = tag.is_sequence_header() && !tag.kind.is_multitrack();
        let data = || kept(&tag.payload, tag.kind.data_offset());
        match tag.kind {
            TagKind::Video(header) if configures => self.video = Some((header.codec, data())),
            TagKind::Audio(header) if configures => self.audio = Some((header.codec, data())),
            TagKind::Video(header) if self.video.is_none() => self.video = Some((header.codec, Bytes::new())),
            TagKind::Audio(header) if self.audio.is_none() => self.audio = Some((header.codec, data())),
            TagKind::Video(_) | TagKind::Audio(_) | TagKind::Script => {}
        }
    }
}

/// What is kept of `payload` from `offset` on. It shares the buffer of one that is small.
fn kept(payload: &Bytes, offset: usize) -> Bytes {
    match payload.get(offset..) {
        Some(data) if payload.len() > MAX_KEPT => Bytes::copy_from_slice(&data[..data.len().min(MAX_KEPT)]),
        Some(_) => payload.slice(offset..),
        None => Bytes::new(),
    }
}
