use super::*;
use proptest::prelude::*;

const MASK: [u8; 4] = [0x11, 0x22, 0x33, 0x44];

/// A client's frame with `first` as its first byte.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(0x80 | length as u8),
        length @ 126..0x1_0000 => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn read(slices: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<Vec<Event>, ProtocolError> {
    let mut reader = FrameReader::default();
    let mut events = Vec::new();
    for slice in slices {
        reader.push(slice.as_ref(), |event| events.push(event))?;
    }
    Ok(events)
}

#[test]
fn control_frames_come_out_of_any_slicing_and_data_is_passed_over() {
    let bytes = [
        frame(0x82, &[7; 70_000]),
        frame(0x89, b"are you there"),
        frame(0x81, &[b'x'; 300]),
        frame(0x8a, b""),
        frame(0x88, &[0x03, 0xe8, b'o', b'k']),
    ]
    .concat();
    let expected =
        vec![Event::Ping(Bytes::from_static(b"are you there")), Event::Pong, Event::Close(Some(1000))];
    for step in [1, 2, 7, 1000, bytes.len()] {
        assert_eq!(read(bytes.chunks(step)).unwrap(), expected, "slices of {step}");
    }
}

#[test]
fn control_frames_may_come_between_the_fragments_of_a_message() {
    let bytes =
        [frame(0x01, b"one"), frame(0x89, b"p"), frame(0x00, b""), frame(0x80, b"two"), frame(0x82, b"")];
    assert_eq!(read(bytes).unwrap(), [Event::Ping(Bytes::from_static(b"p"))]);
}

#[test]
fn nothing_is_read_behind_a_close() {
    let bytes = [frame(0x88, b""), frame(0x89, b"p"), vec![0xff; 40]];
    assert_eq!(read(bytes).unwrap(), [Event::Close(None)]);
}

#[test]
fn breaches_of_the_protocol_are_named() {
    let error = |bytes: &[u8]| read([bytes]).unwrap_err().0;
    assert_eq!(error(&[0x82, 0x01]), "client frame without a mask");
    assert_eq!(error(&frame(0xc2, b"")), "reserved bits set without an extension");
    assert_eq!(error(&frame(0x83, b"")), "reserved opcode");
    assert_eq!(error(&frame(0x8b, b"")), "reserved opcode");
    assert_eq!(error(&frame(0x09, b"")), "fragmented control frame");
    assert_eq!(error(&frame(0x89, &[0; 126])), "control frame of more than 125 bytes");
    assert_eq!(error(&frame(0x80, b"")), "continuation without a message");
    assert_eq!(error(&[frame(0x01, b""), frame(0x81, b"")].concat()), "new message inside a fragmented one");
    assert_eq!(error(&frame(0x88, &[3])), "close frame with half a code");
    assert_eq!(error(&frame(0x88, &[0x03, 0xee])), "close frame with a code that must not be sent");
    assert_eq!(error(&frame(0x88, &[0x03, 0xe8, 0xff])), "close frame with a reason that is not UTF-8");
    let huge = [&[0x82, 0xff, 0x80][..], &[0; 11]].concat();
    assert_eq!(error(&huge), "frame length of more than 63 bits");
}

#[test]
fn a_frame_as_long_as_can_be_is_passed_over_without_being_held() {
    let mut reader = FrameReader::default();
    reader.push(&[0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4], |_| {}).unwrap();
    reader.push(&[0; 100_000], |_| panic!("no event in the middle of data")).unwrap();
    assert!(matches!(reader.state, State::Data { .. }));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), step in 1..20usize) {
        let mut reader = FrameReader::default();
        for slice in bytes.chunks(step) {
            let _ = reader.push(slice, |event| {
                if let Event::Ping(payload) = event {
                    assert!(payload.len() <= MAX_CONTROL_PAYLOAD);
                }
            });
        }
    }
}
