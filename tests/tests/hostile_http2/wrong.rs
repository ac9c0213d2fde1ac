//! Frames that are wrong, or in the wrong place (RFC 9113 sections 4 to 6), and connections that do not begin.

use super::case::{Case, case};
use super::frame::{
    CONTINUATION, DATA, ENABLE_PUSH, END_HEADERS, END_STREAM, GOAWAY, HEADERS, MAX_FRAME_SIZE, PADDED, PING,
    PREFACE, PRIORITY, PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, code, frame, frame_of, get, ping,
    request, settings,
};

/// A frame that ends the connection.
fn fatal(name: &'static str, bytes: impl AsRef<[u8]>, code: u32) -> Case {
    case(name).send(bytes).gone_away(&[code])
}

pub(crate) fn sizes() -> Vec<Case> {
    let size = |name, kind, stream, payload: &[u8]| {
        let codes = [code::FRAME_SIZE_ERROR, code::PROTOCOL_ERROR];
        case(name).send(frame(kind, 0, stream, payload)).gone_away(&codes)
    };
    vec![
        size("a PING of 7 bytes", PING, 0, &[0; 7]),
        size("a SETTINGS of 5 bytes", SETTINGS, 0, &[0; 5]),
        size("a WINDOW_UPDATE of 3 bytes", WINDOW_UPDATE, 0, &[0; 3]),
        size("a RST_STREAM of 3 bytes", RST_STREAM, 1, &[0; 3]),
        case("a GOAWAY of 7 bytes").send(frame(GOAWAY, 0, 0, [0; 7])).closed(),
        case("a PRIORITY of 4 bytes").send(frame(PRIORITY, 0, 3, [0; 4])).left(),
        fatal("a frame larger than allowed", frame(DATA, 0, 1, [0; 16_385]), code::FRAME_SIZE_ERROR),
        fatal("a frame of 16 MB", frame_of(0xff_ffff, DATA, 0, 1, [0; 100]), code::FRAME_SIZE_ERROR),
        case("settings with an answer's mark")
            .send(frame(SETTINGS, 1, 0, [0; 6]))
            .gone_away(&[code::FRAME_SIZE_ERROR, code::PROTOCOL_ERROR]),
    ]
}

pub(crate) fn places() -> Vec<Case> {
    let block = request("GET", "/page.txt", &[]);
    let protocol = |name, bytes: Vec<u8>| fatal(name, bytes, code::PROTOCOL_ERROR);
    let padded = [&[255][..], &block[..50.min(block.len())]].concat();
    vec![
        protocol("HEADERS on the connection", frame(HEADERS, END_HEADERS | END_STREAM, 0, &block)),
        protocol("HEADERS on a stream of the server's", frame(HEADERS, END_HEADERS | END_STREAM, 2, &block)),
        protocol("DATA on the connection", frame(DATA, 0, 0, [0; 10])),
        protocol("DATA on a stream that is none", frame(DATA, 0, 7, [0; 10])),
        protocol("SETTINGS on a stream", frame(SETTINGS, 0, 1, [])),
        protocol("a PING on a stream", frame(PING, 0, 1, [0; 8])),
        protocol("a GOAWAY on a stream", frame(GOAWAY, 0, 1, [0; 8])),
        protocol("a CONTINUATION of nothing", frame(CONTINUATION, END_HEADERS, 1, &block)),
        protocol(
            "a PUSH_PROMISE of a client's",
            frame(PUSH_PROMISE, END_HEADERS, 1, [&[0, 0, 0, 2], &block[..]].concat()),
        ),
        protocol("a frame amid a head", [frame(HEADERS, END_STREAM, 1, &block), ping()].concat()),
        protocol(
            "more padding than there is room",
            frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, padded),
        ),
        protocol("a setting that is no switch", settings(&[(ENABLE_PUSH, 2)])),
        protocol("frames smaller than they may be", settings(&[(MAX_FRAME_SIZE, 1)])),
        case("a stream of a lower number")
            .send([get(9, "/page.txt"), get(3, "/page.txt")].concat())
            .gone_away(&[code::PROTOCOL_ERROR, code::STREAM_CLOSED]),
        case("a request on a stream that has ended")
            .send(get(1, "/page.txt"))
            .bytes(1, 10)
            .send(get(1, "/page.txt"))
            .gone_away(&[code::STREAM_CLOSED, code::PROTOCOL_ERROR]),
        case("a body behind its end")
            .send(get(1, "/live/cam.flv"))
            .answer(1, 200)
            .send(frame(DATA, 0, 1, [0; 10]))
            .gone_away(&[code::STREAM_CLOSED, code::PROTOCOL_ERROR]),
        case("padding and nothing else")
            .send(get(1, "/page.txt"))
            .bytes(1, 10)
            .flood(frame(0xfb, 0, 0, [0; 1]), 10),
    ]
}

pub(crate) fn beginnings() -> Vec<Case> {
    let hello = [PREFACE, &settings(&[])].concat();
    vec![
        case("no word at all").raw().closed(),
        case("half a preface").raw().send(&PREFACE[..10]).closed(),
        case("a preface that is none").raw().send([b'x'; 100]).closed(),
        case("HTTP/1.1 where HTTP/2 was agreed on").raw().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").closed(),
        case("no settings").raw().send(PREFACE).send(ping()).closed(),
        case("settings that do not come whole").raw().send(&hello[..hello.len() - 4]).closed(),
        case("a head that does not come whole").send(frame(HEADERS, END_STREAM, 1, [])).closed(),
        case("a frame that does not come whole").send(&ping()[..12]).closed(),
        case("settings, and then nothing").closed(),
        case("zeros").send([0; 4096]).closed(),
        case("noise")
            .send((0..4096_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect::<Vec<_>>())
            .closed(),
    ]
}
