use bytes::Bytes;

use super::{Message, MessageType};

/// The part of a sub-message before its payload; laid out as the header of an FLV tag.
const HEADER_LEN: usize = 11;

/// Behind each payload: the size of the sub-message.
const BACK_POINTER_LEN: usize = 4;

/// The messages inside an aggregate message (RTMP 1.0 section 7.1.6).
#[derive(Clone, Debug)]
pub struct SubMessages<'a> {
    rest: &'a [u8],
    timestamp: u32,
    stream_id: u32,
    /// What turns the encoder's time inside into the time of the aggregate, which holds for its first sub-message.
    offset: Option<u32>,
}

/// Takes an aggregate message apart. It ends at the first sub-message that is not whole.
///
/// Each payload is copied into a buffer of its own: one small tag in a cache must not keep the whole aggregate.
#[must_use]
pub fn split_aggregate(message: &Message) -> SubMessages<'_> {
    SubMessages {
        rest: &message.payload,
        timestamp: message.timestamp,
        stream_id: message.stream_id,
        offset: None,
    }
}

impl Iterator for SubMessages<'_> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        let (&[type_id, s2, s1, s0, t2, t1, t0, t3, _, _, _], rest) =
            self.rest.split_first_chunk::<HEADER_LEN>()?;
        let (payload, rest) = rest.split_at_checked(u32::from_be_bytes([0, s2, s1, s0]) as usize)?;
        // The last back pointer is often missing.
        self.rest = rest.get(BACK_POINTER_LEN..).unwrap_or_default();
        let inside = u32::from_be_bytes([t3, t2, t1, t0]);
        let offset = *self.offset.get_or_insert(self.timestamp.wrapping_sub(inside));
        Some(Message {
            message_type: MessageType::from_id(type_id),
            timestamp: inside.wrapping_add(offset),
            stream_id: self.stream_id,
            payload: Bytes::copy_from_slice(payload),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sub_message(type_id: u8, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        let [t3, t2, t1, t0] = timestamp.to_be_bytes();
        let size = u8::try_from(payload.len()).unwrap();
        let header = [type_id, 0, 0, size, t2, t1, t0, t3, 0, 0, 0];
        [&header[..], payload, &[0, 0, 0, 11 + size]].concat()
    }

    fn split(timestamp: u32, parts: &[Vec<u8>]) -> Vec<(u8, u32, Vec<u8>)> {
        let payload = parts.concat().into();
        let aggregate = Message { message_type: MessageType::Aggregate, timestamp, stream_id: 1, payload };
        split_aggregate(&aggregate)
            .map(|message| (message.message_type.id(), message.timestamp, message.payload.to_vec()))
            .collect()
    }

    #[test]
    fn times_inside_are_moved_to_the_time_of_the_aggregate() {
        let parts = [sub_message(8, 0x0100_0005, b"a"), sub_message(9, 0x0100_0028, b"vv")];
        let expected = [(8, 1000, b"a".to_vec()), (9, 1035, b"vv".to_vec())];
        assert_eq!(split(1000, &parts), expected);
    }

    #[test]
    fn times_inside_may_wrap() {
        let parts = [sub_message(8, u32::MAX, b"a"), sub_message(9, 4, b"v")];
        assert_eq!(split(10, &parts)[1].1, 15);
    }

    #[test]
    fn the_last_back_pointer_may_be_missing_and_half_a_message_is_dropped() {
        let mut whole = sub_message(8, 0, b"a");
        let half = sub_message(9, 0, b"video")[..14].to_vec();
        assert_eq!(split(0, &[whole.clone(), half]).len(), 1);
        whole.truncate(12);
        assert_eq!(split(0, &[whole]).len(), 1);
    }
}
