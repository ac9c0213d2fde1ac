//! Messages, which are what chunks carry (RTMP 1.0 sections 5.4, 6.2 and 7.1).

mod aggregate;
mod control;

pub use aggregate::{SubMessages, split_aggregate};
pub use control::{BandwidthLimit, Control, UserControl};

use bytes::Bytes;

use super::Error;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What the payload is.
    pub message_type: MessageType,
    /// Milliseconds; wraps at 2^32.
    pub timestamp: u32,
    /// The message stream; 0 for what concerns the connection.
    pub stream_id: u32,
    /// The body, in a buffer of its own.
    pub payload: Bytes,
}

/// The type of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageType {
    /// 1 (section 5.4.1).
    SetChunkSize,
    /// 2 (section 5.4.2).
    Abort,
    /// 3 (section 5.4.3).
    Acknowledgement,
    /// 4 (section 6.2): ping, stream begin and the like.
    UserControl,
    /// 5 (section 5.4.4).
    WindowAckSize,
    /// 6 (section 5.4.5).
    SetPeerBandwidth,
    /// 8.
    Audio,
    /// 9.
    Video,
    /// 15: data behind a byte that allows AMF3; in practice AMF0.
    DataAmf3,
    /// 17: a command behind a byte that allows AMF3; in practice AMF0.
    CommandAmf3,
    /// 18.
    DataAmf0,
    /// 20.
    CommandAmf0,
    /// 22: several messages in one.
    Aggregate,
    /// Shared objects, and what nobody has defined.
    Other(u8),
}

impl MessageType {
    /// From the byte on the wire.
    #[must_use]
    pub const fn from_id(id: u8) -> Self {
        match id {
            1 => Self::SetChunkSize,
            2 => Self::Abort,
            3 => Self::Acknowledgement,
            4 => Self::UserControl,
            5 => Self::WindowAckSize,
            6 => Self::SetPeerBandwidth,
            8 => Self::Audio,
            9 => Self::Video,
            15 => Self::DataAmf3,
            17 => Self::CommandAmf3,
            18 => Self::DataAmf0,
            20 => Self::CommandAmf0,
            22 => Self::Aggregate,
            other => Self::Other(other),
        }
    }

    /// The byte on the wire.
    #[must_use]
    pub const fn id(self) -> u8 {
        match self {
            Self::SetChunkSize => 1,
            Self::Abort => 2,
            Self::Acknowledgement => 3,
            Self::UserControl => 4,
            Self::WindowAckSize => 5,
            Self::SetPeerBandwidth => 6,
            Self::Audio => 8,
            Self::Video => 9,
            Self::DataAmf3 => 15,
            Self::CommandAmf3 => 17,
            Self::DataAmf0 => 18,
            Self::CommandAmf0 => 20,
            Self::Aggregate => 22,
            Self::Other(other) => other,
        }
    }
}

/// A message about the connection itself.
pub(super) fn control_message(message_type: MessageType, payload: &[u8]) -> Message {
    Message { message_type, timestamp: 0, stream_id: 0, payload: Bytes::copy_from_slice(payload) }
}

/// The number that the control messages 1, 2, 3, 5 and 6 start with.
pub(super) fn control_u32(what: &'static str, payload: &[u8]) -> Result<u32, Error> {
    match payload.first_chunk() {
        Some(bytes) => Ok(u32::from_be_bytes(*bytes)),
        None => Err(Error::ControlTooShort { what, expected: 4, got: payload.len() }),
    }
}

/// The AMF0 in a command or data message. Types 15 and 17 have a 0 before it, for "AMF0, until a value says AMF3".
pub(super) fn amf0_of(message: &Message) -> &[u8] {
    match message.message_type {
        MessageType::CommandAmf3 | MessageType::DataAmf3 => {
            message.payload.strip_prefix(&[0]).unwrap_or(&message.payload)
        }
        _ => &message.payload,
    }
}
