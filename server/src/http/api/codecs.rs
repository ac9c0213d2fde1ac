//! What the API says of a stream's codecs.

use flvgate_media::codec::aac::AacConfig;
use flvgate_media::codec::av1::Av1Config;
use flvgate_media::codec::flac::FlacConfig;
use flvgate_media::codec::hevc::HevcConfig;
use flvgate_media::codec::opus::{self, OpusConfig};
use flvgate_media::codec::{AudioCodec, VideoCodec, ac3, avc, legacy_video, mp3, vp8, vp9};
use schemars::JsonSchema;
use serde::Serialize;

use crate::hub::{AudioTrack, VideoTrack};

/// The video track. What is not known of it is left out.
#[derive(Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Video {
    /// `H264`, `HEVC`, `AV1`
    codec: &'static str,
    /// `High`
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'static str>,
    /// `3.1`
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
}

/// The audio track, with the same gaps.
#[derive(Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Audio {
    /// `AAC`, `MP3`, `PCMA`
    codec: &'static str,
    /// Hz, as heard: with spectral band replication, twice the core coder's.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_rate: Option<u32>,
    /// How many channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<u8>,
    /// `LC`
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'static str>,
}

impl Video {
    pub(super) fn of(track: &VideoTrack) -> Self {
        let VideoTrack { codec, config, keyframe } = track;
        let known = Self { codec: codec.name(), ..Self::default() };
        match codec {
            VideoCodec::Avc => avc::AvcConfig::parse(config).map_or(known, |config| Self {
                codec: codec.name(),
                profile: avc_profile(config.sps.profile, config.sps.constraints),
                level: avc_level(config.sps.profile, config.sps.constraints, config.sps.level),
                ..Self::default().sized(Some((config.sps.width, config.sps.height)))
            }),
            VideoCodec::Hevc => HevcConfig::parse(config).map_or(known, |config| Self {
                codec: codec.name(),
                profile: hevc_profile(config.profile()),
                level: tenths(config.level() / 3),
                ..Self::default().sized(config.picture_size())
            }),
            VideoCodec::Av1 => match Av1Config::parse(config, keyframe) {
                Ok(Some(config)) => Self {
                    codec: codec.name(),
                    profile: ["Main", "High", "Professional"].get(usize::from(config.profile)).copied(),
                    level: av1_level(config.level),
                    ..Self::default().sized(Some((config.width, config.height)))
                },
                _ => known,
            },
            VideoCodec::Vp9 => {
                Self { profile: vp9_profile(config, keyframe), ..known.sized(vp9::picture_size(keyframe)) }
            }
            VideoCodec::Vp8 => known.sized(vp8::picture_size(keyframe)),
            VideoCodec::Legacy(id) => known.sized(legacy_video::picture_size(*id, keyframe)),
            VideoCodec::Other(_) => known,
        }
    }

    fn sized(self, size: Option<(u32, u32)>) -> Self {
        let size = size.filter(|(width, height)| *width > 0 && *height > 0);
        let (width, height) = size.unzip();
        Self { width, height, ..self }
    }
}

impl Audio {
    pub(super) fn of(track: &AudioTrack) -> Self {
        let AudioTrack { header, config, frame } = track;
        let codec = header.codec;
        let known = Self { codec: codec.name(), ..Self::default() };
        let format = match codec {
            AudioCodec::Aac => {
                return AacConfig::parse(config).map_or(known, |config| Self {
                    profile: aac_profile(config.signalled_object_type),
                    ..Self::default().formed(codec, config.output_sample_rate, config.channels)
                });
            }
            AudioCodec::Mp3 => {
                let header = mp3::FrameHeader::parse(frame);
                header.ok().map(|header| (header.sample_rate, header.channels))
            }
            AudioCodec::Opus => {
                let config = OpusConfig::parse(config);
                config.ok().map(|config| (opus::SAMPLE_RATE, config.channels))
            }
            AudioCodec::Flac => {
                let config = FlacConfig::parse(config);
                config.ok().map(|config| (config.sample_rate, config.channels))
            }
            AudioCodec::Ac3 | AudioCodec::Eac3 => {
                let header = ac3::FrameHeader::parse(frame);
                header.ok().map(|header| (header.sample_rate, header.channels))
            }
            AudioCodec::G711A | AudioCodec::G711U | AudioCodec::Legacy(_) => header.legacy_format(),
            AudioCodec::Other(_) => None,
        };
        format.map_or(known, |(rate, channels)| Self::default().formed(codec, rate, channels))
    }

    fn formed(self, codec: AudioCodec, sample_rate: u32, channels: u8) -> Self {
        let (sample_rate, channel) = (Some(sample_rate), Some(channels));
        Self {
            codec: codec.name(),
            sample_rate: sample_rate.filter(|rate| *rate > 0),
            channel: channel.filter(|channels| *channels > 0),
            ..self
        }
    }
}

/// The name of a `profile_idc` (ITU-T H.264 annex A.2).
const fn avc_profile(profile: u8, constraints: u8) -> Option<&'static str> {
    Some(match profile {
        66 if constraints & 0x40 != 0 => "Constrained Baseline",
        66 => "Baseline",
        77 => "Main",
        88 => "Extended",
        100 => "High",
        110 => "High 10",
        122 => "High 4:2:2",
        244 => "High 4:4:4 Predictive",
        _ => return None,
    })
}

/// A `level_idc` as people write it: 31 is 3.1, 40 is 4 (ITU-T H.264 annex A.3).
fn avc_level(profile: u8, constraints: u8, level: u8) -> Option<String> {
    let is_1b = level == 9 || (level == 11 && constraints & 0x10 != 0 && matches!(profile, 66 | 77 | 88));
    if is_1b { Some("1b".to_owned()) } else { tenths(level) }
}

/// Tenths as a number: 31 is 3.1, 40 is 4; 0 is nothing.
fn tenths(level: u8) -> Option<String> {
    Some(match (level / 10, level % 10) {
        (0, _) => return None,
        (whole, 0) => whole.to_string(),
        (whole, part) => format!("{whole}.{part}"),
    })
}

/// The name of a `general_profile_idc` (ITU-T H.265 annex A.3).
const fn hevc_profile(profile: u8) -> Option<&'static str> {
    Some(match profile {
        1 => "Main",
        2 => "Main 10",
        3 => "Main Still Picture",
        4 => "Rext",
        _ => return None,
    })
}

/// A `seq_level_idx`: 4 is 3.0, 5 is 3.1; 31 is no level (AV1 specification annex A.3).
fn av1_level(level: u8) -> Option<String> {
    (level < 24).then(|| format!("{}.{}", 2 + level / 4, level % 4))
}

/// The profile, which a keyframe has in front, and a `VPCodecConfigurationRecord` too.
fn vp9_profile(config: &[u8], keyframe: &[u8]) -> Option<&'static str> {
    let config = config.strip_prefix(&[1, 0, 0, 0]).unwrap_or(config);
    // frame_marker, then the profile's bits, the low one first (VP9 specification section 6.2).
    let of_keyframe = keyframe.first().map(|first| first >> 5 & 1 | (first >> 4 & 1) << 1);
    let profile = config.first().copied().filter(|_| config.len() >= 8).or(of_keyframe)?;
    ["Profile 0", "Profile 1", "Profile 2", "Profile 3"].get(usize::from(profile)).copied()
}

/// The name of an audio object type (ISO/IEC 14496-3 table 1.17).
const fn aac_profile(object_type: u8) -> Option<&'static str> {
    Some(match object_type {
        1 => "Main",
        2 => "LC",
        3 => "SSR",
        5 => "HE",
        29 => "HEv2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
