use super::*;
use crate::rtmp::Error;
use crate::rtmp::message::{Message, MessageType, control_message};
use bytes::Bytes;
use proptest::prelude::*;

const LIMITS: ChunkLimits = ChunkLimits { message_size: 0xff_ffff, chunk_streams: 64 };

fn read_all(reader: &mut ChunkReader, mut input: &[u8]) -> Result<Vec<Message>, Error> {
    let mut messages = Vec::new();
    while let Some(message) = reader.read(&mut input)? {
        messages.push(message);
    }
    assert!(input.is_empty());
    Ok(messages)
}

/// The same bytes at once and one at a time; both must give the same.
fn read(bytes: &[u8]) -> Vec<Message> {
    let whole = read_all(&mut ChunkReader::new(LIMITS), bytes).unwrap();
    let mut reader = ChunkReader::new(LIMITS);
    let single: Vec<_> = bytes.chunks(1).flat_map(|byte| read_all(&mut reader, byte).unwrap()).collect();
    assert_eq!(whole, single);
    whole
}

fn fail(limits: ChunkLimits, bytes: &[u8]) -> Error {
    read_all(&mut ChunkReader::new(limits), bytes).unwrap_err()
}

fn timestamps(messages: &[Message]) -> Vec<u32> {
    messages.iter().map(|message| message.timestamp).collect()
}

fn u24(number: u32) -> [u8; 3] {
    let [_, a, b, c] = number.to_be_bytes();
    [a, b, c]
}

/// A header of type 0 in message stream 1; the extended timestamp is the caller's.
fn type_0(chunk_stream: u8, field: u32, length: u32, type_id: u8) -> Vec<u8> {
    [&[chunk_stream][..], &u24(field), &u24(length), &[type_id, 1, 0, 0, 0]].concat()
}

fn type_1(chunk_stream: u8, field: u32, length: u32, type_id: u8) -> Vec<u8> {
    [&[0x40 | chunk_stream][..], &u24(field), &u24(length), &[type_id]].concat()
}

fn type_2(chunk_stream: u8, field: u32) -> Vec<u8> {
    [&[0x80 | chunk_stream][..], &u24(field)].concat()
}

fn type_3(chunk_stream: u8) -> Vec<u8> {
    vec![0xc0 | chunk_stream]
}

#[test]
fn audio_interleaved_inside_a_chunked_video_message_leaves_both_whole() {
    let video = [7; 300];
    let bytes = [
        type_0(4, 40, 300, 9),
        video[..128].to_vec(),
        type_0(5, 41, 3, 8),
        b"abc".to_vec(),
        type_3(4),
        video[128..256].to_vec(),
        type_1(5, 20, 2, 8),
        b"de".to_vec(),
        type_3(4),
        video[256..].to_vec(),
    ]
    .concat();
    let messages = read(&bytes);
    let found: Vec<_> = messages.iter().map(|m| (m.message_type, m.timestamp, &m.payload[..])).collect();
    let expected = [
        (MessageType::Audio, 41, &b"abc"[..]),
        (MessageType::Audio, 61, b"de"),
        (MessageType::Video, 40, &video),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_type_3_that_opens_a_message_adds_the_last_delta() {
    let bytes =
        [type_0(4, 1000, 1, 8), vec![1], type_2(4, 23), vec![2], type_3(4), vec![3], type_3(4), vec![4]]
            .concat();
    assert_eq!(timestamps(&read(&bytes)), [1000, 1023, 1046, 1069]);
}

#[test]
fn a_type_3_that_opens_a_message_behind_a_type_0_adds_its_timestamp() {
    let bytes = [type_0(4, 1000, 1, 8), vec![1], type_3(4), vec![2]].concat();
    assert_eq!(timestamps(&read(&bytes)), [1000, 2000]);
}

#[test]
fn a_message_without_bytes_is_a_message() {
    let bytes = [type_0(4, 5, 0, 8), type_1(4, 5, 0, 9), type_3(4), type_0(4, 20, 1, 8), vec![1]].concat();
    let messages = read(&bytes);
    assert_eq!(timestamps(&messages), [5, 10, 15, 20]);
    assert!(messages[..3].iter().all(|message| message.payload.is_empty()));
}

#[test]
fn an_extended_timestamp_repeated_in_type_3_is_not_payload() {
    let time = 0x0100_0007_u32.to_be_bytes();
    let body = [9; 200];
    let bytes =
        [&type_0(4, 0xff_ffff, 200, 9)[..], &time, &body[..128], &type_3(4), &time, &body[128..]].concat();
    let messages = read(&bytes);
    assert_eq!((messages[0].timestamp, &messages[0].payload[..]), (0x0100_0007, &body[..]));
}

#[test]
fn an_extended_timestamp_not_repeated_in_type_3_leaves_the_payload_whole() {
    let time = 0x0100_0007_u32.to_be_bytes();
    // The payload that follows may start like the timestamp, or be shorter than it.
    for tail in [&[9; 72][..], &[1, 0, 0, 8, 5], &[1, 0], &[1]] {
        let body = [&[9; 128][..], tail].concat();
        let length = u32::try_from(body.len()).unwrap();
        let mut bytes =
            [&type_0(4, 0xff_ffff, length, 9)[..], &time, &body[..128], &type_3(4), &body[128..]].concat();
        bytes.extend_from_slice(&[&type_0(4, 7, 1, 8)[..], &[1]].concat());
        let messages = read(&bytes);
        assert_eq!(messages[0].payload, body);
        assert_eq!((messages[1].timestamp, &messages[1].payload[..]), (7, &[1][..]));
    }
}

#[test]
fn a_message_whose_extended_timestamp_is_not_repeated_is_whole_with_its_last_byte() {
    let time = 0x0100_0007_u32.to_be_bytes();
    let bytes = [&type_0(4, 0xff_ffff, 130, 9)[..], &time, &[9; 128], &type_3(4), &[1, 9]].concat();
    assert_eq!(read(&bytes).len(), 1, "nothing of the next message is waited for");
}

#[test]
fn deltas_of_types_1_and_2_may_be_extended() {
    let delta = 0x0100_0000_u32.to_be_bytes();
    let bytes = [
        &type_0(4, 5, 1, 8)[..],
        &[1],
        &type_1(4, 0xff_ffff, 1, 8),
        &delta,
        &[2],
        &type_2(4, 0xff_ffff),
        &delta,
        &[3],
        &type_3(4),
        &delta,
        &[4],
        &type_2(4, 1),
        &[5],
    ]
    .concat();
    assert_eq!(timestamps(&read(&bytes)), [5, 0x0100_0005, 0x0200_0005, 0x0300_0005, 0x0300_0006]);
}

#[test]
fn a_timestamp_of_exactly_ffffff_is_extended() {
    let bytes = [&type_0(4, 0xff_ffff, 1, 8)[..], &[0, 0xff, 0xff, 0xff], &[1]].concat();
    assert_eq!(timestamps(&read(&bytes)), [0xff_ffff]);
}

#[test]
fn a_delta_carries_the_timestamp_over_2_to_the_32() {
    let bytes =
        [&type_0(4, 0xff_ffff, 1, 8)[..], &0xffff_fff0_u32.to_be_bytes(), &[1], &type_2(4, 0x20), &[2]]
            .concat();
    assert_eq!(timestamps(&read(&bytes)), [0xffff_fff0, 0x10]);
}

#[test]
fn a_new_header_in_mid_message_drops_the_old_part() {
    let bytes =
        [&type_0(4, 10, 300, 9)[..], &[7; 128], &type_1(4, 5, 4, 9), b"abcd", &type_3(4), b"efgh"].concat();
    let messages = read(&bytes);
    assert_eq!(timestamps(&messages), [15, 20]);
    assert_eq!(messages[0].payload, &b"abcd"[..]);
    assert_eq!(messages[1].payload, &b"efgh"[..]);
}

#[test]
fn abort_drops_the_part_of_its_chunk_stream_only() {
    let bytes = [
        &type_0(4, 10, 200, 9)[..],
        &[7; 128],
        &type_0(5, 10, 200, 8),
        &[8; 128],
        &type_0(2, 0, 4, 2),
        &[0, 0, 0, 4],
        &type_3(5),
        &[8; 72],
        &type_0(4, 20, 1, 9),
        &[1],
    ]
    .concat();
    let messages = read(&bytes);
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0].payload, &[8; 200][..]);
    assert_eq!(messages[1].payload, &[1][..]);
}

#[test]
fn basic_headers_of_two_and_three_bytes_name_their_chunk_streams() {
    let mut bytes = Vec::new();
    let writer = ChunkWriter::default();
    for id in [2, 63, 64, 319, 320, 65599] {
        let message = Message {
            message_type: MessageType::Audio,
            timestamp: id,
            stream_id: 1,
            payload: vec![1; 200].into(),
        };
        writer.write(id, &message, &mut bytes);
    }
    assert_eq!(timestamps(&read(&bytes)), [2, 63, 64, 319, 320, 65599]);
}

#[test]
fn a_chunk_size_holds_from_the_next_chunk_on() {
    for (size, effective) in [(1u32, 1usize), (7, 7), (1 << 20, 1000), (u32::MAX, 1000)] {
        let mut bytes = [&type_0(2, 0, 4, 1)[..], &size.to_be_bytes(), &type_0(4, 1, 1000, 9)].concat();
        for (index, part) in [5; 1000].chunks(effective).enumerate() {
            if index > 0 {
                bytes.extend(type_3(4));
            }
            bytes.extend_from_slice(part);
        }
        assert_eq!(read(&bytes)[0].payload, &[5; 1000][..]);
    }
}

#[test]
fn a_chunk_size_of_0_is_refused() {
    assert_eq!(fail(LIMITS, &[&type_0(2, 0, 4, 1)[..], &[0; 4]].concat()), Error::ChunkSizeZero);
}

#[test]
fn a_stream_may_open_with_type_1_but_not_with_2_or_3() {
    let messages = read(&[type_1(2, 5, 1, 8), vec![1]].concat());
    assert_eq!((messages[0].timestamp, messages[0].stream_id), (5, 0));
    assert_eq!(fail(LIMITS, &type_2(9, 0)), Error::NoEarlierHeader { format: 2, chunk_stream: 9 });
    assert_eq!(fail(LIMITS, &type_3(9)), Error::NoEarlierHeader { format: 3, chunk_stream: 9 });
}

#[test]
fn limits_hold() {
    let limits = ChunkLimits { message_size: 1000, chunk_streams: 3 };
    assert_eq!(fail(limits, &type_0(4, 0, 1001, 9)), Error::MessageTooLarge { length: 1001, limit: 1000 });
    let part = |id| [&type_0(id, 0, 1000, 9)[..], &[0; 128]].concat();
    assert_eq!(fail(limits, &[3, 4, 5, 6].map(part).concat()), Error::TooManyChunkStreams { limit: 3 });

    let bytes = [3, 4, 5].map(|id| [&type_0(id, 0, 1000, 9)[..], &[0; 900]].concat()).concat();
    let with_size = [&type_0(2, 0, 4, 1)[..], &900u32.to_be_bytes(), &bytes].concat();
    let limits = ChunkLimits { chunk_streams: 9, ..limits };
    assert_eq!(fail(limits, &with_size), Error::TooMuchUnfinished { held: 2700, limit: 2000 });
}

#[test]
fn dropped_parts_are_not_counted_as_unfinished() {
    let limits = ChunkLimits { message_size: 1000, chunk_streams: 3 };
    let again = [&type_0(4, 0, 1000, 9)[..], &[0; 128]].concat().repeat(100);
    assert_eq!(read_all(&mut ChunkReader::new(limits), &again), Ok(Vec::new()));
}

#[test]
fn a_claimed_length_allocates_little_and_a_message_ends_in_a_buffer_of_its_size() {
    let mut body: Vec<u8> = Vec::new();
    let mut reader = ChunkReader::new(LIMITS);
    let head = [&type_0(2, 0, 4, 1)[..], &u32::MAX.to_be_bytes(), &type_0(4, 0, 0xff_ffff, 9)].concat();
    assert_eq!(read_all(&mut reader, &head), Ok(Vec::new()));
    let mut left = 0xff_ffff_usize;
    while left > 0 {
        let now = left.min(50_000);
        left -= now;
        let messages = read_all(&mut reader, &vec![3; now]).unwrap();
        if let Some(message) = messages.into_iter().next() {
            body = message.payload.into();
        }
    }
    assert_eq!((body.len(), body.capacity()), (0xff_ffff, 0xff_ffff));
}

fn any_message() -> impl Strategy<Value = (u32, Message)> {
    let payload = prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..300),
        1 => Just(vec![0x55; 70_000]),
        // Looks like a repeated extended timestamp.
        1 => Just(vec![0xff; 300]),
    ];
    let timestamp = prop_oneof![any::<u32>(), Just(0xff_ffff), Just(u32::MAX), 0..100_000u32];
    (prop_oneof![3..8u32, 60..70u32, 315..330u32], 8..10u8, timestamp, any::<u32>(), payload).prop_map(
        |(chunk_stream, type_id, timestamp, stream_id, payload)| {
            let message_type = MessageType::from_id(type_id);
            (chunk_stream, Message { message_type, timestamp, stream_id, payload: payload.into() })
        },
    )
}

/// Writes messages of different chunk streams with their chunks mixed as `order` says.
fn interleave(writer: ChunkWriter, messages: &[(u32, Message)], order: &[usize]) -> (Vec<u8>, Vec<Message>) {
    let mut waiting: std::collections::VecDeque<_> = messages.iter().collect();
    let mut open: Vec<(u32, &Message, Chunks<'_>)> = Vec::new();
    let mut order = order.iter().cycle();
    let (mut bytes, mut finished) = (Vec::new(), Vec::new());
    loop {
        while let Some((id, message)) = waiting.front().copied() {
            if open.iter().any(|(other, ..)| other == id) {
                break;
            }
            open.push((*id, message, writer.chunks(*id, message)));
            waiting.pop_front();
        }
        if open.is_empty() {
            return (bytes, finished);
        }
        let at = order.next().unwrap() % open.len();
        let (_, message, chunks) = &mut open[at];
        if let Some((header, payload)) = chunks.next() {
            bytes.extend_from_slice(&header);
            bytes.extend_from_slice(payload);
        }
        if chunks.clone().next().is_none() {
            finished.push((*message).clone());
            open.remove(at);
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_in_any_chunk_size_interleaving_and_slicing(
        messages in prop::collection::vec(any_message(), 1..12),
        chunk_size in prop_oneof![1..200u32, Just(4096), Just(0xff_ffff)],
        order in prop::collection::vec(0..8usize, 1..20),
        step in prop_oneof![1..20usize, 100..9000usize],
    ) {
        let mut writer = ChunkWriter::default();
        let mut bytes = Vec::new();
        writer.set_chunk_size(chunk_size, &mut bytes);
        let (chunks, expected) = interleave(writer, &messages, &order);
        bytes.extend(chunks);
        let mut reader = ChunkReader::new(LIMITS);
        let mut found = Vec::new();
        for slice in bytes.chunks(step) {
            found.extend(read_all(&mut reader, slice).unwrap());
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn mutated_chunks_never_panic_nor_hold_more_than_the_limit(
        messages in prop::collection::vec(any_message(), 1..6),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        step in 1..5000usize,
    ) {
        let limits = ChunkLimits { message_size: 80_000, chunk_streams: 4 };
        let mut bytes = Vec::new();
        for (id, message) in &messages {
            ChunkWriter::default().write(*id, message, &mut bytes);
        }
        for (at, byte) in mutations {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let mut reader = ChunkReader::new(limits);
        for slice in bytes.chunks(step) {
            if read_all(&mut reader, slice).is_err() {
                break;
            }
        }
    }
}

#[test]
fn control_messages_for_the_chunk_layer_are_not_handed_on() {
    let mut bytes = Vec::new();
    let mut writer = ChunkWriter::default();
    writer.set_chunk_size(4096, &mut bytes);
    writer.write(2, &control_message(MessageType::Abort, &[0, 0, 0, 9]), &mut bytes);
    let audio = Message {
        message_type: MessageType::Audio,
        timestamp: 0,
        stream_id: 1,
        payload: Bytes::from(vec![1; 3000]),
    };
    writer.write(4, &audio, &mut bytes);
    assert_eq!(read(&bytes), [audio]);
}
