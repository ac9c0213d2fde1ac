//! FLV tags -> configurations and access units, checked as far as a decoder would stumble.

mod mp3;

use alloc::vec::Vec;

use super::config::{AudioConfig, VideoConfig};
use super::{Track, Warning};
use crate::publisher_clock;
use flvgate_media::codec::avc;
use flvgate_media::codec::{AudioCodec, VideoCodec};
use flvgate_media::flv::{AudioHeader, AudioPacket, FrameType, TagRef, TagType, VideoHeader, VideoPacket};
use flvgate_media::{Error, Result};

/// A broken stream is told of once in this many milliseconds for each track, not for each frame.
const WARNING_INTERVAL_MS: f64 = 5000.0;
/// No stream has more codecs than this that we cannot play; further ones are passed over in silence.
const MAX_REPORTED_CODECS: usize = 16;

/// What a tag holds.
#[derive(Debug)]
pub(super) enum Unit<'a> {
    /// The video track has a new, or another, configuration.
    Video(VideoConfig),
    /// The audio track has a new, or another, configuration.
    Audio(AudioConfig),
    /// The track's codec is none that we handle.
    Unplayable(Track),
    Frame(Frame<'a>),
    /// The publisher's clock.
    Clock(i64),
    /// The body of `onMetaData`.
    Metadata(&'a [u8]),
    Warning(Warning),
}

/// An access unit: what a decoder takes at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) track: Track,
    /// Decoding time in milliseconds; wraps at 2^32.
    pub(super) timestamp: u32,
    /// Presentation time minus decoding time, in milliseconds.
    pub(super) composition_time: i32,
    pub(super) keyframe: bool,
    pub(super) data: &'a [u8],
}

/// Reads tags one after the other.
#[derive(Debug, Default)]
pub(super) struct TagReader {
    video: Option<VideoState>,
    /// The last AAC sequence header.
    aac: Option<Vec<u8>>,
    mp3: mp3::FrameSplitter,
    /// A frame without its empty NAL units.
    tidied: Vec<u8>,
    reported_video: Vec<VideoCodec>,
    reported_audio: Vec<AudioCodec>,
    warned_ms: [Option<f64>; 2],
}

#[derive(Debug)]
struct VideoState {
    sequence_header: Vec<u8>,
    nal_length_size: u8,
}

type OnUnit<'f> = &'f mut dyn FnMut(Unit<'_>);

impl TagReader {
    /// Takes one tag, and hands over what is in it.
    pub(super) fn read(&mut self, tag: TagRef<'_>, now_ms: f64, on_unit: OnUnit<'_>) {
        // An empty tag is what some encoders send to keep a connection busy.
        if tag.body.is_empty() {
            return;
        }
        let (track, result) = match tag.tag_type {
            TagType::Video => (Track::Video, self.read_video(tag, on_unit)),
            TagType::Audio => (Track::Audio, self.read_audio(tag, on_unit)),
            TagType::Script => {
                if let Some(body) = on_meta_data(tag.body) {
                    on_unit(Unit::Metadata(body));
                } else if let Some(then) = publisher_clock::of_script(tag.body) {
                    on_unit(Unit::Clock(then));
                }
                return;
            }
        };
        if let Err(error) = result {
            let warned = &mut self.warned_ms[track as usize];
            if warned.is_none_or(|before| now_ms - before >= WARNING_INTERVAL_MS) {
                *warned = Some(now_ms);
                on_unit(Unit::Warning(Warning::Malformed { track: Some(track), error }));
            }
        }
    }

    /// Another connection begins: nothing of a frame is to be completed any more.
    pub(super) fn reconnected(&mut self) {
        self.mp3.clear();
    }

    fn read_video(&mut self, tag: TagRef<'_>, on_unit: OnUnit<'_>) -> Result<()> {
        let header = VideoHeader::parse(tag.body)?;
        let data = tag.body.get(header.data_offset..).unwrap_or_default();
        match header.packet {
            VideoPacket::SequenceHeader | VideoPacket::Frame if header.codec != VideoCodec::Avc => {
                self.video = None;
                on_unit(Unit::Unplayable(Track::Video));
                if report(&mut self.reported_video, header.codec) {
                    let codec = header.codec.name();
                    on_unit(Unit::Warning(Warning::UnsupportedCodec { track: Track::Video, codec }));
                }
                Ok(())
            }
            VideoPacket::SequenceHeader => self.read_avc_sequence_header(data, on_unit),
            VideoPacket::Frame => self.read_avc_frame(tag.timestamp, header, data, on_unit),
            VideoPacket::Multitrack => {
                Err(Error::Unsupported { what: "E-RTMP video packet type (Multitrack)", got: 6 })
            }
            VideoPacket::SequenceEnd
            | VideoPacket::Metadata
            | VideoPacket::Mpeg2TsSequenceStart
            | VideoPacket::Reserved(_) => Ok(()),
        }
    }

    fn read_avc_sequence_header(&mut self, data: &[u8], on_unit: OnUnit<'_>) -> Result<()> {
        // Servers repeat it, some before each keyframe.
        if self.video.as_ref().is_some_and(|video| video.sequence_header == data) {
            return Ok(());
        }
        let config = VideoConfig::avc(data)?;
        let nal_length_size = config.avc.nal_length_size;
        self.video = Some(VideoState { sequence_header: data.to_vec(), nal_length_size });
        on_unit(Unit::Video(config));
        Ok(())
    }

    fn read_avc_frame(
        &mut self,
        timestamp: u32,
        header: VideoHeader,
        data: &[u8],
        on_unit: OnUnit<'_>,
    ) -> Result<()> {
        let Some(video) = &self.video else { return Ok(()) };
        if data.is_empty() {
            return Ok(());
        }
        let facts = avc::frame_facts(data, video.nal_length_size)?;
        let data = if facts.untidy {
            self.tidied.clear();
            avc::copy_nal_units(data, video.nal_length_size, &mut self.tidied)?;
            &self.tidied
        } else {
            data
        };
        on_unit(Unit::Frame(Frame {
            track: Track::Video,
            timestamp,
            composition_time: header.composition_time,
            keyframe: facts.idr || header.frame_type == FrameType::Key,
            data,
        }));
        Ok(())
    }

    fn read_audio(&mut self, tag: TagRef<'_>, on_unit: OnUnit<'_>) -> Result<()> {
        let header = AudioHeader::parse(tag.body)?;
        let data = tag.body.get(header.data_offset..).unwrap_or_default();
        match (header.packet, header.codec) {
            (AudioPacket::SequenceHeader, AudioCodec::Aac) => self.read_aac_sequence_header(data, on_unit),
            (AudioPacket::Frame, AudioCodec::Aac) => {
                if self.aac.is_some() && !data.is_empty() {
                    on_unit(Unit::Frame(audio_frame(tag.timestamp, data)));
                }
                Ok(())
            }
            (AudioPacket::Frame, AudioCodec::Mp3) => {
                self.aac = None;
                self.mp3.push(tag.timestamp, data, on_unit)
            }
            (AudioPacket::SequenceHeader | AudioPacket::Frame, codec) if codec != AudioCodec::Mp3 => {
                self.aac = None;
                self.mp3 = mp3::FrameSplitter::default();
                on_unit(Unit::Unplayable(Track::Audio));
                if report(&mut self.reported_audio, codec) {
                    let codec = codec.name();
                    on_unit(Unit::Warning(Warning::UnsupportedCodec { track: Track::Audio, codec }));
                }
                Ok(())
            }
            (AudioPacket::Multitrack, _) => {
                Err(Error::Unsupported { what: "E-RTMP audio packet type (Multitrack)", got: 5 })
            }
            _ => Ok(()),
        }
    }

    fn read_aac_sequence_header(&mut self, data: &[u8], on_unit: OnUnit<'_>) -> Result<()> {
        if self.aac.as_deref() == Some(data) {
            return Ok(());
        }
        let config = AudioConfig::aac(data)?;
        self.aac = Some(data.to_vec());
        self.mp3 = mp3::FrameSplitter::default();
        on_unit(Unit::Audio(config));
        Ok(())
    }
}

const fn audio_frame(timestamp: u32, data: &[u8]) -> Frame<'_> {
    Frame { track: Track::Audio, timestamp, composition_time: 0, keyframe: true, data }
}

/// Whether `codec` is to be reported: once.
fn report<C: PartialEq>(reported: &mut Vec<C>, codec: C) -> bool {
    let is_new = reported.len() < MAX_REPORTED_CODECS && !reported.contains(&codec);
    if is_new {
        reported.push(codec);
    }
    is_new
}

/// The AMF0 body from the string `onMetaData` on; servers leave the publisher's `@setDataFrame` in front of it at times.
fn on_meta_data(body: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"\x02\x00\x0aonMetaData";
    const PREFIX: &[u8] = b"\x02\x00\x0d@setDataFrame";
    let body = body.strip_prefix(PREFIX).unwrap_or(body);
    body.starts_with(NAME).then_some(body)
}
