//! Which codecs there are, by their FLV ids and FourCCs; one submodule per codec holds its facts.
//!
//! Specifications: Adobe Flash Video File Format 10.1 Annex E.4 ("FLV spec"), and Enhanced RTMP v2 ("E-RTMP").

pub mod aac;
pub mod ac3;
pub mod av1;
pub mod avc;
pub mod flac;
pub mod hevc;
pub mod legacy_video;
pub mod mp3;
pub mod opus;
pub mod picture;
mod text;
pub mod vp8;
pub mod vp9;

/// Four characters that name a codec in Enhanced RTMP and in ISO base media files.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FourCc(pub [u8; 4]);

impl core::fmt::Debug for FourCc {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// A video codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// H.264, FLV `CodecID` 7 or FourCC `avc1`.
    Avc,
    /// H.265, the de-facto `CodecID` 12 or FourCC `hvc1`.
    Hevc,
    /// AV1, the de-facto `CodecID` 13 or FourCC `av01`.
    Av1,
    /// VP8, FourCC `vp08`.
    Vp8,
    /// VP9, FourCC `vp09`.
    Vp9,
    /// Any other legacy `CodecID`: Sorenson H.263, Screen video, VP6.
    Legacy(u8),
    /// Any other FourCC.
    Other(FourCc),
}

impl VideoCodec {
    /// From the `CodecID` of a legacy video tag (FLV spec E.4.3.1; 12 and 13 are de-facto).
    #[must_use]
    pub const fn from_flv_id(id: u8) -> Self {
        match id {
            7 => Self::Avc,
            12 => Self::Hevc,
            13 => Self::Av1,
            other => Self::Legacy(other),
        }
    }

    /// From a FourCC (E-RTMP, "Enhanced Video").
    #[must_use]
    pub const fn from_fourcc(fourcc: FourCc) -> Self {
        match &fourcc.0 {
            b"avc1" => Self::Avc,
            b"hvc1" => Self::Hevc,
            b"av01" => Self::Av1,
            b"vp08" => Self::Vp8,
            b"vp09" => Self::Vp9,
            _ => Self::Other(fourcc),
        }
    }

    /// The name people use, for logs and the API: `H264`, `HEVC`, `AV1`; `Other` for ids that are not known.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Avc => "H264",
            Self::Hevc => "HEVC",
            Self::Av1 => "AV1",
            Self::Vp8 => "VP8",
            Self::Vp9 => "VP9",
            Self::Legacy(2) => "H263",
            Self::Legacy(3) => "Screen",
            Self::Legacy(4) => "VP6",
            Self::Legacy(5) => "VP6A",
            Self::Legacy(6) => "Screen2",
            Self::Other(FourCc([b'v', b'v', b'c', b'1'])) => "VVC",
            Self::Legacy(_) | Self::Other(_) => "Other",
        }
    }
}

/// An audio codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AudioCodec {
    /// AAC, `SoundFormat` 10 or FourCC `mp4a`.
    Aac,
    /// MP3, `SoundFormat` 2 or 14 (8 kHz) or FourCC `.mp3`.
    Mp3,
    /// Opus, FourCC `Opus`.
    Opus,
    /// FLAC, FourCC `fLaC`.
    Flac,
    /// AC-3, FourCC `ac-3`.
    Ac3,
    /// E-AC-3, FourCC `ec-3`.
    Eac3,
    /// G.711 A-law, `SoundFormat` 7.
    G711A,
    /// G.711 mu-law, `SoundFormat` 8.
    G711U,
    /// Any other legacy `SoundFormat`: PCM, ADPCM, Nellymoser, Speex.
    Legacy(u8),
    /// Any other FourCC.
    Other(FourCc),
}

impl AudioCodec {
    /// From the `SoundFormat` of a legacy audio tag (FLV spec E.4.2.1).
    #[must_use]
    pub const fn from_flv_id(id: u8) -> Self {
        match id {
            2 | 14 => Self::Mp3,
            7 => Self::G711A,
            8 => Self::G711U,
            10 => Self::Aac,
            other => Self::Legacy(other),
        }
    }

    /// From a FourCC (E-RTMP, "Enhanced Audio").
    #[must_use]
    pub const fn from_fourcc(fourcc: FourCc) -> Self {
        match &fourcc.0 {
            b"mp4a" => Self::Aac,
            b".mp3" => Self::Mp3,
            b"Opus" => Self::Opus,
            b"fLaC" => Self::Flac,
            b"ac-3" => Self::Ac3,
            b"ec-3" => Self::Eac3,
            _ => Self::Other(fourcc),
        }
    }

    /// The name people use, for logs and the API: `AAC`, `MP3`, `Opus`; `Other` for ids that are not known.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aac => "AAC",
            Self::Mp3 => "MP3",
            Self::Opus => "Opus",
            Self::Flac => "FLAC",
            Self::Ac3 => "AC-3",
            Self::Eac3 => "E-AC-3",
            Self::G711A => "PCMA",
            Self::G711U => "PCMU",
            // Of the sender's byte order, which is little-endian wherever one is left; and little-endian by name.
            Self::Legacy(0 | 3) => "PCM",
            Self::Legacy(1) => "ADPCM",
            Self::Legacy(4..=6) => "Nellymoser",
            Self::Legacy(11) => "Speex",
            Self::Legacy(_) | Self::Other(_) => "Other",
        }
    }
}
