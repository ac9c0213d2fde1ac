use super::super::frame::PRIORITY;
use super::*;

fn frame(kind: u8, flags: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&len[1..], &[kind, flags], &id.to_be_bytes(), payload].concat()
}

/// What came, with bodies joined, so that it does not depend on the slicing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    answers: Vec<(usize, bool)>,
    bodies: [Vec<u8>; 2],
    ended: Vec<usize>,
}

fn receive_in_slices(http2: &mut Http2, bytes: &[u8], slice: usize) -> Result<Seen, FramingError> {
    let mut seen = Seen::default();
    for part in bytes.chunks(slice) {
        http2.receive(part, &mut |event| match event {
            Event::Answered { stream, accepted } => seen.answers.push((stream, accepted)),
            Event::Body { stream, bytes } => seen.bodies[stream].extend_from_slice(bytes),
            Event::Ended { stream } => seen.ended.push(stream),
        })?;
    }
    Ok(seen)
}

fn two_streams() -> Http2 {
    let mut http2 = Http2::new("localhost", ["/a", "/b"]);
    http2.outgoing();
    http2
}

fn failure(bytes: &[u8]) -> FramingError {
    receive_in_slices(&mut two_streams(), bytes, usize::MAX).unwrap_err()
}

#[test]
fn a_connection_opens_with_preface_settings_window_and_a_request_a_stream() {
    let outgoing = Http2::new("localhost", ["/a", "/b"]).outgoing();
    let settings = [0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 4, 0, 0x60, 0, 0];
    let window = (CONNECTION_WINDOW - DEFAULT_WINDOW).to_be_bytes();
    let wanted = [
        PREFACE.to_vec(),
        frame(SETTINGS, 0, 0, &settings),
        frame(WINDOW_UPDATE, 0, 0, &window),
        frame(HEADERS, END_STREAM | END_HEADERS, 1, &hpack::get("localhost", "/a")),
        frame(HEADERS, END_STREAM | END_HEADERS, 3, &hpack::get("localhost", "/b")),
    ];
    assert_eq!(outgoing, wanted.concat());
}

#[test]
fn answers_bodies_and_ends_are_the_same_in_any_slicing() {
    let bytes = [
        frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 1, 0]),
        frame(SETTINGS, ACK, 0, &[]),
        frame(HEADERS, END_HEADERS, 3, &[0x20, 0x88]),
        frame(HEADERS, END_HEADERS | PADDED | PRIORITY, 1, &[2, 0, 0, 0, 0, 9, 0x8d, 0, 0]),
        frame(DATA, 0, 3, b"one "),
        frame(PING, 0, 0, b"12345678"),
        frame(DATA, PADDED, 3, b"\x03two\0\0\0"),
        frame(DATA, PADDED, 3, b"\x02\0\0"),
        frame(DATA, 0, 3, b""),
        frame(0xfa, 0, 77, b"of a type that nobody knows"),
        frame(DATA, END_STREAM, 1, b""),
        frame(DATA, PADDED | END_STREAM, 3, b"\0 three"),
        frame(RST_STREAM, 0, 3, &[0, 0, 0, 8]),
    ]
    .concat();
    let wanted = Seen {
        answers: vec![(1, true), (0, false)],
        bodies: [Vec::new(), b"one two three".to_vec()],
        ended: vec![0, 1],
    };
    let answers = [frame(SETTINGS, ACK, 0, &[]), frame(PING, ACK, 0, b"12345678")].concat();
    for slice in 1..=bytes.len() {
        let mut http2 = two_streams();
        assert_eq!(
            receive_in_slices(&mut http2, &bytes, slice).as_ref(),
            Ok(&wanted),
            "in slices of {slice}"
        );
        assert_eq!(http2.outgoing(), answers, "in slices of {slice}");
    }
}

#[test]
fn trailers_are_no_second_answer_and_end_the_stream() {
    let bytes =
        [frame(HEADERS, END_HEADERS, 1, &[0x88]), frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x40])]
            .concat();
    let seen = receive_in_slices(&mut two_streams(), &bytes, 3).unwrap();
    assert_eq!(seen.answers, [(0, true)]);
    assert_eq!(seen.ended, [0]);
}

#[test]
fn window_is_given_back_when_half_of_it_is_used() {
    let mut http2 = two_streams();
    let data = frame(DATA, 0, 3, &[0; MAX_PAYLOAD]);
    let mut updates = Vec::new();
    for frames in 1_u32.. {
        receive_in_slices(&mut http2, &data, 10_000).unwrap();
        let outgoing = http2.outgoing();
        if !outgoing.is_empty() {
            updates.push((frames * MAX_PAYLOAD as u32, outgoing));
        }
        if updates.len() == 3 {
            break;
        }
    }
    let update = |id, len: u32| frame(WINDOW_UPDATE, 0, id, &len.to_be_bytes());
    let (stream, connection) = (STREAM_WINDOW / 2, CONNECTION_WINDOW / 2);
    assert_eq!(
        updates,
        [(stream, update(3, stream)), (2 * stream, update(3, stream)), (connection, update(0, connection))]
    );
}

#[test]
fn what_a_server_may_not_do_ends_the_connection() {
    assert_eq!(failure(&frame(DATA, 0, 1, &[0; MAX_PAYLOAD + 1])), FramingError::TooLong(MAX_PAYLOAD + 1));
    for id in [0, 2, 5] {
        assert_eq!(failure(&frame(DATA, 0, id, b"x")), FramingError::UnknownStream(id));
        assert_eq!(failure(&frame(HEADERS, END_HEADERS, id, &[0x88])), FramingError::UnknownStream(id));
    }
    assert_eq!(failure(&frame(DATA, PADDED, 1, b"")), FramingError::Malformed { kind: DATA, len: 0 });
    let padding_only = frame(HEADERS, PADDED, 1, &[9, 0x88]);
    assert_eq!(failure(&padding_only), FramingError::Malformed { kind: HEADERS, len: 2 });
    assert_eq!(failure(&frame(GOAWAY, 0, 0, &[0, 0])), FramingError::Malformed { kind: GOAWAY, len: 2 });
    assert_eq!(failure(&frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 0xb])), FramingError::GoneAway(0xb));
}

#[test]
fn a_server_that_stops_lets_open_streams_end() {
    let bytes = [frame(GOAWAY, 0, 0, &[0; 8]), frame(DATA, END_STREAM, 1, b"rest")].concat();
    let seen = receive_in_slices(&mut two_streams(), &bytes, 1).unwrap();
    assert_eq!(seen.bodies[0], b"rest");
    assert_eq!(seen.ended, [0]);
}

#[test]
fn padding_longer_than_its_frame_is_no_body() {
    let seen =
        receive_in_slices(&mut two_streams(), &frame(DATA, PADDED | END_STREAM, 1, b"\xffxyz"), 1).unwrap();
    assert_eq!(seen.bodies[0], b"");
    assert_eq!(seen.ended, [0]);
}
