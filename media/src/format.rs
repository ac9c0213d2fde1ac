//! What a stream is delivered as, and the muxers that make it so.

mod muxer;

pub(crate) use muxer::exact;
pub use muxer::{Content, Muxed, Muxer};

use crate::codec::{AudioCodec, VideoCodec};

/// A container that a stream is delivered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// FLV (FLV spec, annex E).
    Flv,
    /// MPEG transport stream (ISO/IEC 13818-1).
    Ts,
    /// MP3 frames, and no video.
    Mp3,
    /// AAC frames as ADTS (ISO/IEC 13818-7 section 6.2), and no video.
    Aac,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Flv, Self::Ts, Self::Mp3, Self::Aac];

    /// The file name's extension, with its dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Flv => ".flv",
            Self::Ts => ".ts",
            Self::Mp3 => ".mp3",
            Self::Aac => ".aac",
        }
    }

    /// The media type of a response.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Flv => "video/x-flv",
            Self::Ts => "video/MP2T",
            Self::Mp3 => "audio/mpeg",
            Self::Aac => "audio/x-aac",
        }
    }

    /// A short name for logs and the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flv => "flv",
            Self::Ts => "ts",
            Self::Mp3 => "mp3",
            Self::Aac => "aac",
        }
    }

    /// The format whose extension `name` ends with.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| name.ends_with(format.extension()))
    }

    /// Whether audio of `codec` can be carried. FLV carries whatever it is published as.
    #[must_use]
    pub const fn carries_audio(self, codec: AudioCodec) -> bool {
        match self {
            Self::Flv => true,
            Self::Ts => matches!(
                codec,
                AudioCodec::Aac | AudioCodec::Mp3 | AudioCodec::Opus | AudioCodec::Ac3 | AudioCodec::Eac3
            ),
            Self::Mp3 => matches!(codec, AudioCodec::Mp3),
            Self::Aac => matches!(codec, AudioCodec::Aac),
        }
    }

    /// Whether video of `codec` can be carried. MP3 and AAC carry none, and leave it out.
    #[must_use]
    pub const fn carries_video(self, codec: VideoCodec) -> bool {
        match self {
            Self::Flv => true,
            Self::Ts => matches!(codec, VideoCodec::Avc | VideoCodec::Hevc),
            Self::Mp3 | Self::Aac => false,
        }
    }
}
