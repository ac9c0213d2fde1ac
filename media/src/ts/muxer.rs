use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;

use super::program::{AudioType, Program, VideoType};
use crate::codec::opus::OpusConfig;
use crate::codec::{AudioCodec, VideoCodec, ac3};
use crate::es::{Adts, AnnexB, MpegAudio};
use crate::flv::{AudioHeader, AudioPacket, Tag, TagKind, VideoHeader, VideoPacket};
use crate::format::{Content, Muxed, exact};

/// Packets that small audio frames are gathered to: seven fit into what a network carries in one piece.
const GROUP_PACKETS: usize = 7;

/// Audio frames are held for at most this long until others join them, in milliseconds of media.
const GROUP_TIME: u64 = 100;

/// Where there is no video, tables go before a group of packets when the last ones are this old, in milliseconds: viewers
/// can start there, and after that group and the next frame they are still not older than 500.
const AUDIO_TABLES_INTERVAL: u64 = 250;

/// The most that a tag with MP3 frames may have, in bytes, to fit into one PES packet.
const MAX_AUDIO_LEN: usize = 65_000;

/// A video configuration that is longer is none, and is not kept, in bytes: real ones have some hundreds.
const MAX_RECORD_LEN: usize = 64 * 1024;

/// A stream that has had audio only for so long has no video any more, in milliseconds: viewers need not wait for a
/// keyframe.
const VIDEO_AWAY: u64 = 5000;

/// Muxes one stream's tags into a transport stream that all viewers share: whoever joins does so at a random access point,
/// which has tables, parameter sets and a clock reference in front.
///
/// A video frame's packets are one [`Muxed`], and take waiting audio along; small audio frames are gathered.
#[derive(Debug)]
pub struct TsMuxer {
    program: Program,
    video: Option<Video>,
    /// What AAC frames need; `None` behind a sequence header that ADTS has no bits for.
    adts: Option<Adts>,
    /// What the sequence header of Opus says; `None` without one, and for more channels than have an order.
    opus: Option<AudioType>,
    /// Audio frames that wait, with their timestamps.
    held: Vec<(u64, Bytes)>,
}

#[derive(Debug)]
struct Video {
    codec: VideoCodec,
    record: Bytes,
    annex_b: AnnexB,
    /// Timestamp of the first audio frame behind the newest frame, in milliseconds: tracks may be any time apart.
    audio_since: Option<u64>,
}

impl TsMuxer {
    /// A muxer that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { program: Program::new(), video: None, adts: None, opus: None, held: Vec::new() }
    }

    /// Takes the stream's next tag, and appends what is ready to `out`.
    pub fn push(&mut self, tag: &Tag, out: &mut Vec<Muxed>) {
        match tag.kind {
            TagKind::Video(header) if header.packet == VideoPacket::SequenceHeader => {
                self.configure_video(tag, header.codec);
            }
            TagKind::Video(header) if header.packet == VideoPacket::Frame => {
                self.push_video(tag, header, out)
            }
            TagKind::Audio(header) => self.push_audio(tag, header, out),
            TagKind::Video(_) | TagKind::Script => {}
        }
    }

    /// Appends the audio frames that wait for others.
    pub fn flush(&mut self, out: &mut Vec<Muxed>) {
        let Some(&(timestamp, _)) = self.held.first() else { return };
        // Without video every group could be a place to start; those with tables are.
        let is_start = self.program.layout.video.is_none()
            && self.program.needs_tables(timestamp, AUDIO_TABLES_INTERVAL);
        let resync = if is_start { self.program.resync(timestamp) } else { Vec::new() };
        let mut bytes = Vec::with_capacity(super::PACKET_LEN * (GROUP_PACKETS + 2));
        for (index, (timestamp, frame)) in self.held.drain(..).enumerate() {
            self.program.write_audio(timestamp, is_start && index == 0, &frame, &mut bytes);
        }
        out.push(Muxed {
            bytes: exact(bytes),
            timestamp,
            content: Content::Audio,
            random_access: is_start,
            resync: exact(resync),
        });
    }

    fn configure_video(&mut self, tag: &Tag, codec: VideoCodec) {
        let record = tag.payload.slice(tag.kind.data_offset()..);
        // Encoders repeat it; what has changed in band since then stays in force.
        if self.video.as_ref().is_some_and(|video| (video.codec, &video.record) == (codec, &record)) {
            return;
        }
        if record.len() > MAX_RECORD_LEN {
            return;
        }
        let Ok(annex_b) = AnnexB::new(codec, &record) else { return };
        self.video = Some(Video { codec, record, annex_b, audio_since: None });
        self.program.layout.video = VideoType::of(codec);
    }

    fn push_video(&mut self, tag: &Tag, header: VideoHeader, out: &mut Vec<Muxed>) {
        let Some(video) = self.video.as_mut().filter(|video| video.codec == header.codec) else { return };
        let mut access_unit = Vec::with_capacity(tag.payload.len() + 128);
        let written = video.annex_b.write_access_unit(tag.data(), tag.is_keyframe(), &mut access_unit);
        let Ok(Some(random_access)) = written else { return };
        video.audio_since = None;
        self.program.layout.video = VideoType::of(video.codec);

        let timestamp = tag.timestamp;
        let resync = if random_access { self.program.resync(timestamp) } else { Vec::new() };
        let mut bytes = Vec::with_capacity(access_unit.len() + access_unit.len() / 32 + 2048);
        // A viewer starts with the keyframe: audio from before it goes behind it, where it is still early enough.
        if !random_access {
            self.write_held(&mut bytes);
        }
        self.program.write_video(
            timestamp,
            header.composition_ticks(),
            random_access,
            &access_unit,
            &mut bytes,
        );
        self.write_held(&mut bytes);
        out.push(Muxed {
            bytes: exact(bytes),
            timestamp,
            content: if random_access { Content::Keyframe } else { Content::Video },
            random_access,
            resync: exact(resync),
        });
    }

    fn push_audio(&mut self, tag: &Tag, header: AudioHeader, out: &mut Vec<Muxed>) {
        let (kind, frame) = match (header.codec, header.packet) {
            (AudioCodec::Aac, AudioPacket::SequenceHeader) => {
                let adts = Adts::new(tag.data()).ok();
                if self.adts != adts {
                    // What is held belongs to the track as it was.
                    self.flush(out);
                    self.program.layout.audio = adts.as_ref().map(|_| AudioType::Aac);
                    self.adts = adts;
                }
                return;
            }
            (AudioCodec::Aac, AudioPacket::Frame) => {
                let Some(adts) = &self.adts else { return };
                let mut frame = Vec::new();
                if adts.write_frame(tag.data(), &mut frame).is_err() {
                    return;
                }
                (AudioType::Aac, Bytes::from(frame))
            }
            (AudioCodec::Mp3, AudioPacket::Frame) => match MpegAudio::of(tag.data()) {
                Ok(version) if tag.data().len() <= MAX_AUDIO_LEN => {
                    (AudioType::of(version), tag.payload.slice(header.data_offset..))
                }
                _ => return,
            },
            (AudioCodec::Ac3 | AudioCodec::Eac3, AudioPacket::Frame) => {
                match ac3::FrameHeader::parse(tag.data()) {
                    Ok(frame) if tag.data().len() <= MAX_AUDIO_LEN => {
                        let kind = if frame.is_enhanced { AudioType::Eac3 } else { AudioType::Ac3 };
                        (kind, tag.payload.slice(header.data_offset..))
                    }
                    _ => return,
                }
            }
            (AudioCodec::Opus, AudioPacket::SequenceHeader) => {
                let channels = OpusConfig::parse(tag.data()).map_or(0, |config| config.channels);
                self.opus = (1..=8).contains(&channels).then_some(AudioType::Opus { channels });
                return;
            }
            (AudioCodec::Opus, AudioPacket::Frame) => match self.opus {
                Some(kind) if (1..=MAX_AUDIO_LEN).contains(&tag.data().len()) => {
                    (kind, opus_access_unit(tag.data()))
                }
                _ => return,
            },
            _ => return,
        };
        let video_is_away = self.video.as_mut().is_some_and(|video| {
            let since = *video.audio_since.get_or_insert(tag.timestamp);
            tag.timestamp > since.saturating_add(VIDEO_AWAY)
        });
        let is_new = self.program.layout.audio != Some(kind);
        if is_new || video_is_away && self.program.layout.video.is_some() {
            // What is held belongs to the tracks as they were.
            self.flush(out);
        }
        if video_is_away {
            self.program.layout.video = None;
        }
        self.program.layout.audio = Some(kind);
        self.hold(tag.timestamp, frame, out);
    }

    fn hold(&mut self, timestamp: u64, frame: Bytes, out: &mut Vec<Muxed>) {
        let held: usize = self.held.iter().map(|(_, frame)| packets(frame)).sum();
        if held > 1 && held + packets(&frame) > GROUP_PACKETS {
            self.flush(out);
        }
        self.held.push((timestamp, frame));
        let held: usize = self.held.iter().map(|(_, frame)| packets(frame)).sum();
        let since = self.held.first().map_or(timestamp, |(timestamp, _)| *timestamp);
        if held >= GROUP_PACKETS || timestamp.saturating_sub(since) >= GROUP_TIME {
            self.flush(out);
        }
    }

    fn write_held(&mut self, bytes: &mut Vec<u8>) {
        for (timestamp, frame) in self.held.drain(..) {
            self.program.write_audio(timestamp, false, &frame, bytes);
        }
    }
}

impl Default for TsMuxer {
    fn default() -> Self {
        Self::new()
    }
}

impl VideoType {
    const fn of(codec: VideoCodec) -> Option<Self> {
        match codec {
            VideoCodec::Avc => Some(Self::Avc),
            VideoCodec::Hevc => Some(Self::Hevc),
            _ => None,
        }
    }
}

impl AudioType {
    const fn of(version: MpegAudio) -> Self {
        match version {
            MpegAudio::Mpeg1 => Self::Mpeg1,
            MpegAudio::Mpeg2 => Self::Mpeg2,
        }
    }
}

/// A packet behind its `opus_control_header`, without trims ("Encapsulation of Opus in MPEG transport streams" section 3).
fn opus_access_unit(packet: &[u8]) -> Bytes {
    let mut unit = vec![0x7f, 0xe0];
    unit.resize(2 + packet.len() / 255, 0xff);
    unit.push((packet.len() % 255) as u8);
    unit.extend_from_slice(packet);
    unit.into()
}

/// Transport packets that an audio frame needs behind a PES header of 14 bytes.
const fn packets(frame: &Bytes) -> usize {
    (frame.len() + 14).div_ceil(super::packet::ROOM)
}

#[cfg(test)]
mod tests;
