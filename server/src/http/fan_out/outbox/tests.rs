use super::*;

/// Writes everything, at most `step` bytes at a time, as a socket that takes little would.
fn write_all(outbox: &mut Outbox, step: usize) -> Vec<u8> {
    let mut wire = Vec::new();
    while !outbox.is_empty() {
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let filled = outbox.fill(&mut slices);
        let bytes: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.to_vec()).take(step).collect();
        outbox.advance(bytes.len());
        wire.extend(bytes);
    }
    wire
}

/// The opcode and payload of each frame on the wire.
fn frames(mut wire: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let [first, second, rest @ ..] = wire {
        assert_eq!((first & 0xf0, second & 0x80), (FINAL, 0), "final and unmasked");
        let (length, rest) = match second {
            126 => (u16::from_be_bytes(rest[..2].try_into().unwrap()) as usize, &rest[2..]),
            127 => (u64::from_be_bytes(rest[..8].try_into().unwrap()) as usize, &rest[8..]),
            length => (*length as usize, rest),
        };
        frames.push((first & 0x0f, rest[..length].to_vec()));
        wire = &rest[length..];
    }
    frames
}

#[test]
fn messages_carry_the_parcels_in_order_whatever_the_socket_takes() {
    let parcels: Vec<Bytes> = (1..200u8).map(|n| Bytes::from(vec![n; usize::from(n)])).collect();
    let expected: Vec<u8> = parcels.concat();
    for step in [1, 3, 1000, usize::MAX] {
        let mut outbox = Outbox::default();
        outbox.push(Framing::WebSocket, &parcels[..]);
        let got: Vec<u8> =
            frames(&write_all(&mut outbox, step)).into_iter().flat_map(|frame| frame.1).collect();
        assert_eq!(got, expected, "{step} bytes at a time");
    }
}

#[test]
fn a_message_is_cut_between_parcels_when_it_is_full() {
    let mut outbox = Outbox::default();
    let sizes = [10, 40_000, 30_000, 20_000, 100_000, 5];
    outbox.push(Framing::WebSocket, &sizes.map(|size| Bytes::from(vec![1; size]))[..]);
    let lengths: Vec<_> =
        frames(&write_all(&mut outbox, 4096)).iter().map(|(_, payload)| payload.len()).collect();
    assert_eq!(lengths, [40_010, 50_000, 100_000, 5]);
}

#[test]
fn the_length_is_written_in_as_few_bytes_as_can_be() {
    for (length, header_len) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
        let PieceBytes::Header { length: got, .. } = header(opcode::BINARY, length) else {
            panic!("a header")
        };
        assert_eq!(got, header_len, "{length}");
    }
}

#[test]
fn a_payload_is_shared_not_copied() {
    let parcel = Bytes::from(vec![1; 1000]);
    let mut outbox = Outbox::default();
    outbox.push(Framing::WebSocket, std::slice::from_ref(&parcel));
    let mut slices = [IoSlice::new(&[]); MAX_SLICES];
    assert_eq!(outbox.fill(&mut slices), 2);
    assert_eq!(slices[1].as_ptr(), parcel.as_ptr());
}

#[test]
fn a_frame_that_has_begun_is_finished_and_the_others_are_discarded() {
    for started in [1, 3, 4, 100, 999] {
        let mut outbox = Outbox::default();
        outbox.push(Framing::WebSocket, &[Bytes::from(vec![1; 500]), Bytes::from(vec![2; 500])][..]);
        outbox.push(Framing::WebSocket, &[Bytes::from(vec![3; 500])][..]);
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let filled = outbox.fill(&mut slices);
        let mut wire: Vec<u8> =
            slices[..filled].iter().flat_map(|slice| slice.to_vec()).take(started).collect();
        outbox.advance(started);
        outbox.discard_unstarted();
        outbox.push_control(opcode::CLOSE, Bytes::new());
        wire.extend(write_all(&mut outbox, 100));
        let opcodes: Vec<_> =
            frames(&wire).iter().map(|(opcode, payload)| (*opcode, payload.len())).collect();
        assert_eq!(opcodes, [(opcode::BINARY, 1000), (opcode::CLOSE, 0)], "{started} bytes were written");
    }
}

#[test]
fn frames_that_have_not_begun_are_discarded() {
    let mut outbox = Outbox::default();
    outbox.push(Framing::WebSocket, &[Bytes::from(vec![1; 10])][..]);
    outbox.discard_unstarted();
    assert!(outbox.is_empty());
}

#[test]
fn a_chunk_carries_a_batch_and_says_how_long_it_is() {
    for (length, header) in [(1, "1"), (15, "f"), (16, "10"), (10_752, "2a00"), (0x0123_4567, "1234567")] {
        let mut outbox = Outbox::default();
        let half = length / 2;
        let batch = [Bytes::from(vec![1; half]), Bytes::new(), Bytes::from(vec![2; length - half])];
        outbox.push(Framing::Chunked, &batch[..]);
        outbox.push_last_chunk();
        let wire = write_all(&mut outbox, 100_000);
        let body = [vec![1; half], vec![2; length - half]].concat();
        let expected = [format!("{header}\r\n").as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
        assert_eq!(wire, expected, "a chunk of {length} bytes");
    }
}

#[test]
fn an_empty_batch_is_no_chunk_because_that_would_end_the_body() {
    let mut outbox = Outbox::default();
    outbox.push(Framing::Chunked, &[Bytes::new()][..]);
    assert!(outbox.is_empty());
}

#[test]
fn bare_parcels_go_as_they_are() {
    let mut outbox = Outbox::default();
    outbox.push(Framing::Bare, &[Bytes::from_static(b"ab"), Bytes::from_static(b"c")][..]);
    assert_eq!(write_all(&mut outbox, 2), b"abc");
}
