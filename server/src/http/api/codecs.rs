//! What the API says of a stream's codecs.

use flvgate_media::codec::{AudioCodec, VideoCodec, aac, avc, mp3};
use schemars::JsonSchema;
use serde::Serialize;

/// The video track. What the codec's configuration does not tell, or tells in a way not read here, is 0 or empty.
#[derive(Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Video {
    codec: &'static str,
    /// `High`
    profile: &'static str,
    /// `3.1`
    level: String,
    /// Pixels.
    width: u32,
    /// Pixels.
    height: u32,
}

/// The audio track, with the same gaps.
#[derive(Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Audio {
    codec: &'static str,
    /// Hz, as heard: with spectral band replication, twice the core coder's.
    sample_rate: u32,
    /// How many channels.
    channel: u8,
    /// `LC`
    profile: &'static str,
}

impl Video {
    /// `config`: the data of the codec's sequence header.
    pub(super) fn of(codec: VideoCodec, config: &[u8]) -> Self {
        let unknown = Self { codec: codec.name(), ..Self::default() };
        match codec {
            VideoCodec::Avc => avc::AvcConfig::parse(config).map_or(unknown, |config| Self {
                codec: codec.name(),
                profile: avc_profile(config.sps.profile, config.sps.constraints),
                level: avc_level(config.sps.level),
                width: config.sps.width,
                height: config.sps.height,
            }),
            _ => unknown,
        }
    }
}

impl Audio {
    /// `config`: the data of the codec's sequence header, or of a frame when it has none.
    pub(super) fn of(codec: AudioCodec, config: &[u8]) -> Self {
        let unknown = Self { codec: codec.name(), ..Self::default() };
        match codec {
            AudioCodec::Aac => aac::AacConfig::parse(config).map_or(unknown, |config| Self {
                codec: codec.name(),
                sample_rate: config.output_sample_rate,
                channel: config.channels,
                profile: aac_profile(config.signalled_object_type),
            }),
            AudioCodec::Mp3 => mp3::FrameHeader::parse(config).map_or(unknown, |header| Self {
                codec: codec.name(),
                sample_rate: header.sample_rate,
                channel: header.channels,
                profile: "",
            }),
            _ => unknown,
        }
    }
}

/// The name of a `profile_idc` (ITU-T H.264 annex A.2).
const fn avc_profile(profile: u8, constraints: u8) -> &'static str {
    match profile {
        66 if constraints & 0x40 != 0 => "Constrained Baseline",
        66 => "Baseline",
        77 => "Main",
        88 => "Extended",
        100 => "High",
        110 => "High 10",
        122 => "High 4:2:2",
        244 => "High 4:4:4 Predictive",
        _ => "Other",
    }
}

/// A `level_idc` as people write it: 31 is 3.1, 40 is 4 (ITU-T H.264 annex A.3).
fn avc_level(level: u8) -> String {
    match (level / 10, level % 10) {
        (whole, 0) => whole.to_string(),
        (whole, part) => format!("{whole}.{part}"),
    }
}

/// The name of an audio object type (ISO/IEC 14496-3 table 1.17).
const fn aac_profile(object_type: u8) -> &'static str {
    match object_type {
        1 => "Main",
        2 => "LC",
        3 => "SSR",
        5 => "HE",
        29 => "HEv2",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_avc_sequence_header_tells_profile_level_and_size() {
        // 1280x720, High@3.1, as x264 writes it.
        let sps = [
            0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00,
            0x10, 0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
        ];
        let pps = [0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0];
        let config =
            [&[1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, sps.len() as u8][..], &sps, &[1, 0, pps.len() as u8], &pps]
                .concat();
        let video = Video::of(VideoCodec::Avc, &config);
        assert_eq!((video.codec, video.profile, video.level.as_str()), ("H264", "High", "3.1"));
        assert_eq!((video.width, video.height), (1280, 720));
    }

    #[test]
    fn an_aac_sequence_header_tells_rate_channels_and_profile() {
        let audio = Audio::of(AudioCodec::Aac, &[0x12, 0x10]);
        assert_eq!(audio, Audio { codec: "AAC", sample_rate: 44_100, channel: 2, profile: "LC" });
    }

    #[test]
    fn an_mp3_frame_tells_rate_and_channels() {
        let audio = Audio::of(AudioCodec::Mp3, &[0xff, 0xfb, 0x90, 0x00]);
        assert_eq!(audio, Audio { codec: "MP3", sample_rate: 44_100, channel: 2, profile: "" });
    }

    #[test]
    fn what_cannot_be_read_still_has_its_codecs_name() {
        assert_eq!(Video::of(VideoCodec::Avc, b""), Video { codec: "H264", ..Video::default() });
        assert_eq!(Audio::of(AudioCodec::Aac, b""), Audio { codec: "AAC", ..Audio::default() });
        assert_eq!(Video::of(VideoCodec::Hevc, b"x"), Video { codec: "HEVC", ..Video::default() });
    }
}
