use super::{Error, Message, MessageType, control_message, control_u32};

/// A protocol control message (RTMP 1.0 section 5.4) or user control message (section 6.2) that a session answers.
/// Types 1 and 2 are the chunk reader's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// So many bytes have arrived in all, modulo 2^32.
    Acknowledgement(u32),
    /// The sender wants an acknowledgement for each so many bytes.
    WindowAckSize(u32),
    /// The sender wants no more than so many bytes that it has not acknowledged.
    SetPeerBandwidth {
        /// Bytes.
        window: u32,
        /// How to take it.
        limit: BandwidthLimit,
    },
    /// A user control message.
    User(UserControl),
}

/// The limit type of [`Control::SetPeerBandwidth`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandwidthLimit {
    /// 0: take this window.
    Hard,
    /// 1: take the smaller of this and the window in effect.
    Soft,
    /// 2: hard if the last one was hard, else ignore it.
    Dynamic,
}

/// A user control message (RTMP 1.0 section 7.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserControl {
    /// 0: the message stream is ready.
    StreamBegin(u32),
    /// 1: the message stream has no more.
    StreamEof(u32),
    /// 6: to be answered with the same number.
    PingRequest(u32),
    /// 7.
    PingResponse(u32),
    /// Any other event type; none concerns a publisher.
    Other(u16),
}

impl Control {
    /// The control message in `message`; `None` when it is of another type.
    ///
    /// # Errors
    /// When it is too short, or has an unknown limit type.
    pub fn parse(message: &Message) -> Result<Option<Self>, Error> {
        let payload = &message.payload[..];
        Ok(Some(match message.message_type {
            MessageType::Acknowledgement => Self::Acknowledgement(control_u32("Acknowledgement", payload)?),
            MessageType::WindowAckSize => {
                Self::WindowAckSize(control_u32("Window Acknowledgement Size", payload)?)
            }
            MessageType::SetPeerBandwidth => {
                let what = "Set Peer Bandwidth";
                let window = control_u32(what, payload)?;
                let limit = match payload.get(4) {
                    Some(0) => BandwidthLimit::Hard,
                    Some(1) => BandwidthLimit::Soft,
                    Some(2) => BandwidthLimit::Dynamic,
                    Some(&other) => return Err(Error::BandwidthLimitType(other)),
                    None => return Err(Error::ControlTooShort { what, expected: 5, got: payload.len() }),
                };
                Self::SetPeerBandwidth { window, limit }
            }
            MessageType::UserControl => Self::User(UserControl::parse(payload)?),
            _ => return Ok(None),
        }))
    }

    /// As a message.
    #[must_use]
    pub fn to_message(self) -> Message {
        match self {
            Self::Acknowledgement(bytes) => {
                control_message(MessageType::Acknowledgement, &bytes.to_be_bytes())
            }
            Self::WindowAckSize(bytes) => control_message(MessageType::WindowAckSize, &bytes.to_be_bytes()),
            Self::SetPeerBandwidth { window, limit } => {
                let [a, b, c, d] = window.to_be_bytes();
                control_message(MessageType::SetPeerBandwidth, &[a, b, c, d, limit as u8])
            }
            Self::User(user) => control_message(MessageType::UserControl, &user.to_bytes()),
        }
    }
}

impl UserControl {
    fn parse(payload: &[u8]) -> Result<Self, Error> {
        let what = "User Control";
        let Some((event, data)) = payload.split_first_chunk() else {
            return Err(Error::ControlTooShort { what, expected: 2, got: payload.len() });
        };
        Ok(match u16::from_be_bytes(*event) {
            0 => Self::StreamBegin(control_u32(what, data)?),
            1 => Self::StreamEof(control_u32(what, data)?),
            6 => Self::PingRequest(control_u32(what, data)?),
            7 => Self::PingResponse(control_u32(what, data)?),
            other => Self::Other(other),
        })
    }

    fn to_bytes(self) -> Vec<u8> {
        let (event, data) = match self {
            Self::StreamBegin(stream_id) => (0u16, stream_id),
            Self::StreamEof(stream_id) => (1, stream_id),
            Self::PingRequest(time) => (6, time),
            Self::PingResponse(time) => (7, time),
            Self::Other(event) => return event.to_be_bytes().to_vec(),
        };
        [&event.to_be_bytes()[..], &data.to_be_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_message_is_read_as_it_was_written() {
        for control in [
            Control::Acknowledgement(7),
            Control::WindowAckSize(u32::MAX),
            Control::SetPeerBandwidth { window: 2_500_000, limit: BandwidthLimit::Dynamic },
            Control::User(UserControl::StreamBegin(1)),
            Control::User(UserControl::StreamEof(1)),
            Control::User(UserControl::PingRequest(12345)),
            Control::User(UserControl::PingResponse(0)),
            Control::User(UserControl::Other(31)),
        ] {
            assert_eq!(Control::parse(&control.to_message()), Ok(Some(control)));
        }
    }

    #[test]
    fn short_control_messages_are_errors_that_name_them() {
        let short = control_message(MessageType::WindowAckSize, &[0, 0]);
        let error = Control::parse(&short).unwrap_err().to_string();
        assert_eq!(error, "Window Acknowledgement Size: expected 4 bytes, got 2");
        assert!(Control::parse(&control_message(MessageType::UserControl, &[0, 6, 0])).is_err());
        assert!(Control::parse(&control_message(MessageType::SetPeerBandwidth, &[0; 4])).is_err());
        let unknown = control_message(MessageType::SetPeerBandwidth, &[0, 0, 0, 1, 3]);
        assert_eq!(Control::parse(&unknown), Err(Error::BandwidthLimitType(3)));
    }
}
