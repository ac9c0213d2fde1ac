//! A conversation means the same however it is sliced, and whatever comes instead of it, nothing panics.

use super::*;
use proptest::prelude::*;

/// Everything an encoder says, from the first byte on.
fn conversation() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut client = ClientHandshake::start(3, &mut bytes);
    let mut server_output = Vec::new();
    ServerHandshake::new(4).handle_input(&bytes, &mut server_output).unwrap();
    client.handle_input(&server_output, &mut bytes).unwrap();
    let mut writer = ChunkWriter::new();
    writer.write(3, &connect("rtmp://h/live", "live").to_message(0), &mut bytes);
    writer.set_chunk_size(500, &mut bytes);
    for name in ["releaseStream", "FCPublish", "createStream"] {
        writer.write(3, &Command::new(name, 2.0, vec!["cam".into()]).to_message(0), &mut bytes);
    }
    writer.write(3, &Command::new("publish", 5.0, vec!["cam".into()]).to_message(1), &mut bytes);
    for (index, type_id) in [8, 9, 18, 22, 8, 9].into_iter().enumerate() {
        let timestamp = 0xff_fff0 + u32::try_from(index).unwrap() * 10;
        let payload = vec![0x17; 700].into();
        let message_type = MessageType::from_id(type_id);
        writer.write(4, &Message { message_type, timestamp, stream_id: 1, payload }, &mut bytes);
    }
    writer.write(3, &Command::new("deleteStream", 6.0, vec![1.0.into()]).to_message(0), &mut bytes);
    bytes
}

#[test]
fn a_conversation_has_the_same_events_in_any_slicing() {
    let bytes = conversation();
    let events = |step| {
        let mut session = Session::new(Arc::new(config()), 9);
        bytes.chunks(step).for_each(|slice| session.handle_input(slice).unwrap());
        std::iter::from_fn(|| session.next_event()).collect::<Vec<_>>()
    };
    let whole = events(bytes.len());
    assert!(whole.len() > 5 && whole.last() == Some(&Event::Unpublish));
    for step in [1, 2, 3, 17, 1537, 3073] {
        assert_eq!(events(step), whole);
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
        step in 1..4000usize,
        tail in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut bytes = conversation();
        // Most of the handshake is random anyway: what stands behind it is worth more.
        let start = 3073;
        for (at, byte) in mutations {
            let at = start + at.index(bytes.len() - start);
            bytes[at] = byte;
        }
        bytes.extend_from_slice(&tail);
        let mut session = Session::new(Arc::new(config()), 9);
        for slice in bytes.chunks(step) {
            if session.handle_input(slice).is_err() {
                break;
            }
            while let Some(event) = session.next_event() {
                if let Event::Publish(_) = event {
                    session.accept_publish();
                }
            }
        }
    }
}
