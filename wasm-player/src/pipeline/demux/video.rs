use alloc::vec::Vec;

use super::{Frame, OnUnit, Unit, name_of, report};
use crate::pipeline::config::VideoConfig;
use crate::pipeline::{Track, Warning};
use flvgate_media::Result;
use flvgate_media::codec::{VideoCodec, avc, hevc};
use flvgate_media::flv::{FrameType, VideoHeader, VideoPacket};

/// An AV1 temporal delimiter, which MP4 leaves out (AV1 ISOBMFF section 2.4).
const TEMPORAL_DELIMITER: &[u8] = &[0x12, 0];

/// Reads the video tags of one track.
#[derive(Debug, Default)]
pub(super) struct VideoReader {
    state: Option<State>,
    /// A frame without its empty NAL units.
    tidied: Vec<u8>,
    reported: Vec<VideoCodec>,
}

#[derive(Debug)]
struct State {
    codec: VideoCodec,
    sequence_header: Vec<u8>,
    nal_length_size: u8,
    /// The sequence header does not say enough: the first keyframe has the rest.
    waits_for_keyframe: bool,
}

const fn is_handled(codec: VideoCodec) -> bool {
    matches!(codec, VideoCodec::Avc | VideoCodec::Hevc | VideoCodec::Av1 | VideoCodec::Vp9)
}

/// Whether a track begins with such a packet.
pub(super) fn announces(header: VideoHeader) -> bool {
    header.packet == VideoPacket::SequenceHeader
        || header.packet == VideoPacket::Frame && !is_handled(header.codec)
}

impl VideoReader {
    /// Takes what a tag has of the track.
    pub(super) fn read(
        &mut self,
        timestamp: u32,
        header: VideoHeader,
        data: &[u8],
        on_unit: OnUnit<'_>,
    ) -> Result<()> {
        match header.packet {
            VideoPacket::SequenceHeader | VideoPacket::Frame if !is_handled(header.codec) => {
                self.state = None;
                on_unit(Unit::Unplayable(Track::Video));
                if report(&mut self.reported, header.codec) {
                    let fourcc =
                        if let VideoCodec::Other(fourcc) = header.codec { Some(fourcc) } else { None };
                    let codec = name_of(header.codec.name(), fourcc);
                    on_unit(Unit::Warning(Warning::UnsupportedCodec { track: Track::Video, codec }));
                }
                Ok(())
            }
            // An encoder that does not know it yet sends an empty one.
            _ if data.is_empty() => Ok(()),
            VideoPacket::SequenceHeader => self.read_sequence_header(header.codec, data, on_unit),
            VideoPacket::Frame => self.read_frame(timestamp, header, data, on_unit),
            _ => Ok(()),
        }
    }

    fn read_sequence_header(&mut self, codec: VideoCodec, data: &[u8], on_unit: OnUnit<'_>) -> Result<()> {
        // Servers repeat it, some before each keyframe.
        if self.state.as_ref().is_some_and(|state| state.codec == codec && state.sequence_header == data) {
            return Ok(());
        }
        let config = VideoConfig::of(codec, data, &[])?;
        self.state = Some(State {
            codec,
            sequence_header: data.to_vec(),
            nal_length_size: config.as_ref().map_or(0, |config| config.nal_length_size),
            waits_for_keyframe: config.is_none(),
        });
        config.into_iter().for_each(|config| on_unit(Unit::Video(config)));
        Ok(())
    }

    fn read_frame(
        &mut self,
        timestamp: u32,
        header: VideoHeader,
        data: &[u8],
        on_unit: OnUnit<'_>,
    ) -> Result<()> {
        let mut data = data;
        let Some(state) = self.state.as_mut().filter(|state| state.codec == header.codec) else {
            return Ok(());
        };
        let mut keyframe = header.frame_type == FrameType::Key;
        if state.waits_for_keyframe {
            if !keyframe {
                return Ok(());
            }
            let Some(config) = VideoConfig::of(state.codec, &state.sequence_header, data)? else {
                return Ok(());
            };
            state.waits_for_keyframe = false;
            on_unit(Unit::Video(config));
        }
        if state.nal_length_size > 0 {
            let is_start = if state.codec == VideoCodec::Avc { avc::is_idr } else { hevc::is_irap_slice };
            let facts = avc::frame_facts(data, state.nal_length_size, is_start)?;
            keyframe |= facts.random_access;
            if facts.untidy {
                self.tidied.clear();
                avc::copy_nal_units(data, state.nal_length_size, &mut self.tidied)?;
                data = &self.tidied;
            }
        } else if state.codec == VideoCodec::Av1 {
            data = data.strip_prefix(TEMPORAL_DELIMITER).unwrap_or(data);
        }
        let composition_time = header.composition_ticks();
        on_unit(Unit::Frame(Frame { track: Track::Video, timestamp, composition_time, keyframe, data }));
        Ok(())
    }
}
