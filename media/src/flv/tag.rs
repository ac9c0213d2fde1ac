use alloc::vec::Vec;

use bytes::Bytes;

use super::{AudioHeader, AudioPacket, FrameType, VideoHeader, VideoPacket};
use crate::{Error, Result};

/// The type byte of a tag, which is also the RTMP message type (FLV spec E.4.1; RTMP 1.0 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagType {
    /// Type 8.
    Audio,
    /// Type 9.
    Video,
    /// Type 18: AMF0 data, in live streams almost always `onMetaData`.
    Script,
}

impl TagType {
    /// The byte on the wire.
    #[must_use]
    pub const fn id(self) -> u8 {
        match self {
            Self::Audio => 8,
            Self::Video => 9,
            Self::Script => 18,
        }
    }

    /// From the byte on the wire.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is none of 8, 9 and 18.
    pub const fn from_id(id: u8) -> Result<Self> {
        match id {
            8 => Ok(Self::Audio),
            9 => Ok(Self::Video),
            18 => Ok(Self::Script),
            other => Err(Error::Invalid { what: "FLV tag type", expected: "8, 9 or 18", got: other as u64 }),
        }
    }
}

/// What a tag carries; its header is parsed once, where the tag enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagKind {
    /// Audio: codec, and whether the body is a frame or a sequence header.
    Audio(AudioHeader),
    /// Video: codec, frame type, composition time, and what the body is.
    Video(VideoHeader),
    /// Script data (AMF0).
    Script,
}

/// One FLV tag, the server's unit of media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Decoding time in milliseconds. Fresh from a publisher it is below 2^32 and wraps there; behind the hub's
    /// timeline it is a continuous 64-bit clock.
    pub timestamp: u64,
    /// The facts of the header.
    pub kind: TagKind,
    /// The tag's body, from the audio or video header byte on; shared, never copied for a viewer.
    pub payload: Bytes,
}

impl Tag {
    /// Parses the header of `payload`, the body of a tag or RTMP message of type `tag_type`.
    ///
    /// # Errors
    /// When the audio or video header is cut short or not legal.
    pub fn parse(tag_type: TagType, timestamp: u64, payload: Bytes) -> Result<Self> {
        let kind = TagKind::parse(tag_type, &payload)?;
        Ok(Self { timestamp, kind, payload })
    }

    /// The type byte's meaning.
    #[must_use]
    pub const fn tag_type(&self) -> TagType {
        match self.kind {
            TagKind::Audio(_) => TagType::Audio,
            TagKind::Video(_) => TagType::Video,
            TagKind::Script => TagType::Script,
        }
    }

    /// Whether it configures a decoder (`AudioSpecificConfig`, `AVCDecoderConfigurationRecord` and their kin).
    #[must_use]
    pub const fn is_sequence_header(&self) -> bool {
        self.kind.is_sequence_header()
    }

    /// Whether it is a coded video frame at which decoding can start.
    #[must_use]
    pub const fn is_keyframe(&self) -> bool {
        self.kind.is_keyframe()
    }

    /// The same frame, marked as a keyframe (FLV spec E.4.3.1, `FrameType`; E-RTMP has the same bits but the first).
    /// Copies the body.
    #[must_use]
    pub fn marked_as_keyframe(mut self) -> Self {
        if let TagKind::Video(header) = &mut self.kind {
            header.frame_type = FrameType::Key;
            let mut payload = Vec::from(&self.payload[..]);
            if let Some(first) = payload.first_mut() {
                let is_enhanced = *first & 0x80;
                *first = is_enhanced | 0x10 | *first & 0x0f;
            }
            self.payload = payload.into();
        }
        self
    }

    /// Whether it is audio or video that a viewer hears or sees, not configuration or metadata.
    #[must_use]
    pub const fn is_coded_media(&self) -> bool {
        match self.kind {
            TagKind::Audio(header) => match header.packet {
                AudioPacket::Multitrack(tracks) => tracks.packet_type == 1,
                packet => matches!(packet, AudioPacket::Frame),
            },
            TagKind::Video(header) => header.is_frame(),
            TagKind::Script => false,
        }
    }

    /// The codec data behind the audio or video header; the whole body of a script tag.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.payload[self.kind.data_offset()..]
    }
}

impl TagKind {
    /// Parses the header at the start of a tag body.
    ///
    /// # Errors
    /// When the audio or video header is cut short or not legal.
    pub fn parse(tag_type: TagType, body: &[u8]) -> Result<Self> {
        Ok(match tag_type {
            TagType::Audio => Self::Audio(AudioHeader::parse(body)?),
            TagType::Video => Self::Video(VideoHeader::parse(body)?),
            TagType::Script => Self::Script,
        })
    }

    /// See [`Tag::is_sequence_header`].
    #[must_use]
    pub const fn is_sequence_header(&self) -> bool {
        match self {
            Self::Audio(header) => match header.packet {
                AudioPacket::Multitrack(tracks) => tracks.packet_type == 0,
                packet => matches!(packet, AudioPacket::SequenceHeader),
            },
            Self::Video(header) => match header.packet {
                VideoPacket::Multitrack(tracks) => tracks.packet_type == 0,
                packet => matches!(packet, VideoPacket::SequenceHeader),
            },
            Self::Script => false,
        }
    }

    /// See [`Tag::is_keyframe`].
    #[must_use]
    pub const fn is_keyframe(&self) -> bool {
        match self {
            Self::Video(header) => matches!(header.frame_type, FrameType::Key) && header.is_frame(),
            Self::Audio(_) | Self::Script => false,
        }
    }

    /// Which of its kind's settings the tag is, if it is one that a decoder must have seen: twice the id of the (first)
    /// track, and one more for what comes beside the sequence header, colours and channel layouts.
    #[must_use]
    pub const fn setting(&self) -> Option<u16> {
        let beside = match self {
            _ if self.is_sequence_header() => 0,
            Self::Audio(header) => match header.packet {
                AudioPacket::MultichannelConfig => 1,
                AudioPacket::Multitrack(tracks) if tracks.packet_type == 4 => 1,
                _ => return None,
            },
            Self::Video(header) => match header.packet {
                VideoPacket::Mpeg2TsSequenceStart => 0,
                VideoPacket::Metadata => 1,
                VideoPacket::Multitrack(tracks) if tracks.packet_type == 5 => 0,
                VideoPacket::Multitrack(tracks) if tracks.packet_type == 4 => 1,
                _ => return None,
            },
            Self::Script => return None,
        };
        Some(self.track_id() as u16 * 2 + beside)
    }

    /// Whether it is an E-RTMP `Multitrack` packet.
    #[must_use]
    pub const fn is_multitrack(&self) -> bool {
        match self {
            Self::Audio(header) => matches!(header.packet, AudioPacket::Multitrack(_)),
            Self::Video(header) => matches!(header.packet, VideoPacket::Multitrack(_)),
            Self::Script => false,
        }
    }

    /// The id of the tag's first track: 0, but in an E-RTMP `Multitrack` packet.
    #[must_use]
    pub const fn track_id(&self) -> u8 {
        match self {
            Self::Audio(AudioHeader { packet: AudioPacket::Multitrack(tracks), .. })
            | Self::Video(VideoHeader { packet: VideoPacket::Multitrack(tracks), .. }) => tracks.track_id,
            _ => 0,
        }
    }

    /// Where the codec data begins in the tag body, in bytes.
    #[must_use]
    pub const fn data_offset(&self) -> usize {
        match self {
            Self::Audio(header) => header.data_offset,
            Self::Video(header) => header.data_offset,
            Self::Script => 0,
        }
    }
}
