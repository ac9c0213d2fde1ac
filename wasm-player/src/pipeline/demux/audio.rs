use alloc::vec::Vec;

use super::mp3::FrameSplitter;
use super::{Frame, OnUnit, Unit, name_of, report};
use crate::pipeline::config::AudioConfig;
use crate::pipeline::{Track, Warning};
use flvgate_media::Result;
use flvgate_media::codec::{AudioCodec, ac3};
use flvgate_media::flv::{AudioHeader, AudioPacket};

/// Reads the audio tags of one track.
#[derive(Debug, Default)]
pub(super) struct AudioReader {
    /// What the track is now, as far as its next tag must be compared with it.
    state: Option<State>,
    mp3: FrameSplitter,
    reported: Vec<AudioCodec>,
}

#[derive(Debug, PartialEq)]
enum State {
    /// Configured by a sequence header.
    Header(AudioCodec, Vec<u8>),
    Ac3(ac3::FrameHeader),
    G711(AudioCodec, u8),
    Mp3,
}

/// Whether frames of that codec say nothing without a sequence header.
const fn has_sequence_header(codec: AudioCodec) -> bool {
    matches!(codec, AudioCodec::Aac | AudioCodec::Opus | AudioCodec::Flac)
}

/// Whether a track begins with such a packet.
pub(super) fn announces(header: AudioHeader) -> bool {
    header.packet == AudioPacket::SequenceHeader
        || header.packet == AudioPacket::Frame && !has_sequence_header(header.codec)
}

impl AudioReader {
    pub(super) const fn wrap_mp3(&mut self, wrapped: bool) {
        self.mp3.wrap(wrapped);
    }

    /// Another connection begins: nothing of a frame is to be completed any more.
    pub(super) fn reconnected(&mut self) {
        self.mp3.clear();
    }

    /// Takes what a tag has of the track.
    pub(super) fn read(
        &mut self,
        timestamp: u32,
        header: AudioHeader,
        data: &[u8],
        on_unit: OnUnit<'_>,
    ) -> Result<()> {
        let AudioHeader { codec, packet, flags, .. } = header;
        let is_frame = packet == AudioPacket::Frame;
        if !is_frame && packet != AudioPacket::SequenceHeader {
            return Ok(());
        }
        match codec {
            // Encoders that have nothing to say yet, or never, send it empty.
            _ if data.is_empty() => return Ok(()),
            AudioCodec::Aac | AudioCodec::Opus | AudioCodec::Flac if !is_frame => {
                if !matches!(&self.state, Some(State::Header(of, known)) if *of == codec && known == data) {
                    let config = AudioConfig::of_header(codec, data)?;
                    self.begin(State::Header(codec, data.to_vec()), config, on_unit);
                }
                return Ok(());
            }
            AudioCodec::Aac | AudioCodec::Opus | AudioCodec::Flac => {
                if !matches!(self.state, Some(State::Header(of, _)) if of == codec) {
                    return Ok(());
                }
            }
            AudioCodec::Mp3 | AudioCodec::Ac3 | AudioCodec::Eac3 if !is_frame => return Ok(()),
            AudioCodec::Mp3 => {
                self.state = Some(State::Mp3);
                return self.mp3.push(timestamp, data, on_unit);
            }
            AudioCodec::Ac3 | AudioCodec::Eac3 => {
                let header = ac3::FrameHeader::parse(data)?;
                if self.state != Some(State::Ac3(header)) {
                    self.begin(State::Ac3(header), AudioConfig::ac3(header, data.len()), on_unit);
                }
            }
            AudioCodec::G711A | AudioCodec::G711U => {
                let channels = 1 + (flags & 1);
                if self.state != Some(State::G711(codec, channels)) {
                    self.begin(State::G711(codec, channels), AudioConfig::g711(codec, channels), on_unit);
                }
            }
            AudioCodec::Legacy(_) | AudioCodec::Other(_) => {
                self.state = None;
                self.mp3.begin();
                on_unit(Unit::Unplayable(Track::Audio));
                if report(&mut self.reported, codec) {
                    let fourcc = if let AudioCodec::Other(fourcc) = codec { Some(fourcc) } else { None };
                    let codec = name_of(codec.name(), fourcc);
                    on_unit(Unit::Warning(Warning::UnsupportedCodec { track: Track::Audio, codec }));
                }
                return Ok(());
            }
        }
        on_unit(Unit::Frame(audio_frame(timestamp, data)));
        Ok(())
    }

    fn begin(&mut self, state: State, config: AudioConfig, on_unit: OnUnit<'_>) {
        self.state = Some(state);
        self.mp3.begin();
        on_unit(Unit::Audio(config));
    }
}

pub(super) const fn audio_frame(timestamp: u32, data: &[u8]) -> Frame<'_> {
    Frame { track: Track::Audio, timestamp, composition_time: 0, keyframe: true, data }
}
