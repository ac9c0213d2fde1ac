//! What the API tells of a stream.

use std::time::Duration;

use bytes::Bytes;
use flvgate_media::codec::VideoCodec;
use flvgate_media::flv::{AudioHeader, FrameType, Tag, TagKind, VideoHeader};
use flvgate_media::format::Format;

use super::keyframes::KeyframeStatus;
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
    /// How it does with keyframes.
    pub keyframes: KeyframeStatus,
    /// The video track; of several, the first.
    pub video: Option<VideoTrack>,
    /// The audio track; of several, the first.
    pub audio: Option<AudioTrack>,
}

/// How much of a frame is kept, in bytes: enough for what a decoder looks at first.
const FRAME_HEAD_LEN: usize = 128;

/// What came of a video track that tells what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoTrack {
    /// The codec.
    pub codec: VideoCodec,
    /// The data of the newest sequence header; empty without one.
    pub config: Bytes,
    /// How the newest keyframe's data begins, of codecs that need no sequence header or have no size in it; else empty.
    pub keyframe: Bytes,
}

/// What came of an audio track that tells what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioTrack {
    /// The header of the newest tag that told something new.
    pub header: AudioHeader,
    /// The data of the newest sequence header; empty without one.
    pub config: Bytes,
    /// How the first frame's data begins; empty before it.
    pub frame: Bytes,
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
            keyframes: stream.keyframes(),
            video: codecs.video,
            audio: codecs.audio,
        }
    }
}

/// What is kept of a sequence header at most, in bytes; real ones have some hundreds.
const MAX_KEPT: usize = 64 * 1024;

/// The tracks of the current publication.
#[derive(Clone, Debug, Default)]
pub(super) struct Codecs {
    pub(super) video: Option<VideoTrack>,
    pub(super) audio: Option<AudioTrack>,
}

impl Codecs {
    /// Learns from a tag what its first track is.
    pub(super) fn note(&mut self, tag: &Tag) {
        // A track that is cut short tells nothing.
        match tag.kind {
            TagKind::Video(header) => {
                let mut first = None;
                let _ = header.each_track(&tag.payload, &mut |_, header, data| {
                    first.get_or_insert((header, data));
                    Ok(())
                });
                if let Some((header, data)) = first {
                    self.note_video(header, tag.is_sequence_header(), data);
                }
            }
            TagKind::Audio(header) => {
                let mut first = None;
                let _ = header.each_track(&tag.payload, &mut |_, header, data| {
                    first.get_or_insert((header, data));
                    Ok(())
                });
                if let Some((header, data)) = first {
                    self.note_audio(header, tag.is_sequence_header(), data);
                }
            }
            TagKind::Script => {}
        }
    }

    fn note_video(&mut self, header: VideoHeader, configures: bool, data: &[u8]) {
        if !configures && !header.is_frame() {
            return;
        }
        let fresh = || VideoTrack { codec: header.codec, config: Bytes::new(), keyframe: Bytes::new() };
        let track = self.video.get_or_insert_with(fresh);
        if track.codec != header.codec {
            *track = fresh();
        }
        if configures {
            track.config = beginning(data, MAX_KEPT);
        } else if header.frame_type == FrameType::Key
            && !matches!(header.codec, VideoCodec::Avc | VideoCodec::Hevc)
        {
            track.keyframe = head(data);
        }
    }

    fn note_audio(&mut self, header: AudioHeader, configures: bool, data: &[u8]) {
        if !configures && !header.is_frame() {
            return;
        }
        let fresh = || AudioTrack { header, config: Bytes::new(), frame: Bytes::new() };
        let track = self.audio.get_or_insert_with(fresh);
        if track.header.codec != header.codec {
            *track = fresh();
        }
        if configures {
            track.config = beginning(data, MAX_KEPT);
        } else if track.frame.is_empty() {
            track.frame = head(data);
        }
        if track.header.legacy_format() != header.legacy_format() {
            track.header = header;
        }
    }
}

fn head(data: &[u8]) -> Bytes {
    beginning(data, FRAME_HEAD_LEN)
}

/// A copy, which holds no more of the tag in memory.
fn beginning(data: &[u8], length: usize) -> Bytes {
    Bytes::copy_from_slice(&data[..data.len().min(length)])
}
