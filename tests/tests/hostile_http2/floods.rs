//! Frames without end.

use super::case::{Case, case};
use super::frame::{
    ACK, CONTINUATION, DATA, ENABLE_PUSH, END_HEADERS, GOAWAY, HEADER_TABLE_SIZE, HEADERS, PING, PRIORITY,
    RST_STREAM, SETTINGS, code, frame, get, gets, ping, request, reset, settings, stream, websocket,
};

/// Requests that are reset again at once.
fn rapid_resets(count: u32, path: &str) -> Vec<u8> {
    let pair = |number| [get(stream(number), path), reset(stream(number))].concat();
    (0..count).flat_map(pair).collect()
}

pub(crate) fn resets() -> Vec<Case> {
    vec![
        case("rapid resets of the live stream")
            .send(rapid_resets(1000, "/live/cam.flv"))
            .gone_away(&[code::ENHANCE_YOUR_CALM]),
        case("rapid resets of a file")
            .send(rapid_resets(1000, "/big.bin"))
            .gone_away(&[code::ENHANCE_YOUR_CALM]),
        slow_resets("resets of the live stream, each after its answer", "/live/cam.flv"),
        slow_resets("resets of a file, each after its answer", "/big.bin"),
        case("a page that is left, and asks again")
            .send(gets(100, "/live/cam.flv"))
            .answers(100)
            .send((0..100).flat_map(|number| reset(stream(number))).collect::<Vec<_>>()),
        case("resets of a stream that has ended")
            .send(get(1, "/page.txt"))
            .bytes(1, 10)
            .flood(reset(1), 5_000),
        case("a reset of a stream that is none").send(reset(9)).gone_away(&[code::PROTOCOL_ERROR]),
        case("resets of WebSockets")
            .send((0..100).flat_map(|number| websocket(stream(number), "/live/cam.flv")).collect::<Vec<_>>())
            .answers(100)
            .send((0..100).flat_map(|number| reset(stream(number))).collect::<Vec<_>>()),
        case("more requests at once than a connection may have")
            .send(gets(200, "/page.txt"))
            .answers(128)
            .resets(72, code::REFUSED_STREAM)
            .ends(200),
    ]
}

/// Slow enough for each request to be seen, and still nothing but a burden.
fn slow_resets(name: &'static str, path: &str) -> Case {
    let ask = |case: Case, number| {
        case.send(get(stream(number), path)).answer(stream(number), 200).send(reset(stream(number)))
    };
    (0..1000).fold(case(name), ask).closed()
}

pub(crate) fn frames() -> Vec<Case> {
    let open = frame(HEADERS, END_HEADERS, 1, request("GET", "/live/cam.flv", &[]));
    let beginning = frame(HEADERS, 0, 1, request("GET", "/page.txt", &[]));
    let change = [settings(&[(HEADER_TABLE_SIZE, 0)]), settings(&[(HEADER_TABLE_SIZE, u32::MAX)])].concat();
    vec![
        case("SETTINGS without end").flood(settings(&[(ENABLE_PUSH, 0)]), 10_000),
        case("SETTINGS without end, and nobody reads the answers")
            .deaf()
            .flood(settings(&[]), 4_000_000)
            .cut(),
        case("tables that come and go").flood(change, 5_000),
        case("PINGs without end").flood(ping(), 20_000),
        case("PINGs without end, and nobody reads the answers").deaf().flood(ping(), 4_000_000).cut(),
        case("answers to no PING").flood(frame(PING, ACK, 0, [7; 8]), 20_000),
        case("PRIORITYs without end").flood(frame(PRIORITY, 0, 5, [0, 0, 0, 3, 1]), 20_000),
        case("frames of an unknown type without end").flood(frame(0xfa, 0xff, 0, [0; 100]), 20_000),
        case("DATA of nothing without end")
            .send(&open)
            .answer(1, 200)
            .flood(frame(DATA, 0, 1, []), 20_000)
            .gone_away(&[code::ENHANCE_YOUR_CALM]),
        case("DATA a byte at a time")
            .send(&open)
            .answer(1, 200)
            .flood(frame(DATA, 0, 1, [0]), 60_000)
            .closed(),
        case("CONTINUATIONs without end")
            .send(&beginning)
            .flood(frame(CONTINUATION, 0, 1, [0; 1000]), 5_000)
            .gone_away(&[code::ENHANCE_YOUR_CALM, code::COMPRESSION_ERROR, code::PROTOCOL_ERROR]),
        case("CONTINUATIONs of nothing without end")
            .send(&beginning)
            .flood(frame(CONTINUATION, 0, 1, []), 20_000)
            .gone_away(&[code::ENHANCE_YOUR_CALM]),
        case("GOAWAYs without end").flood(frame(GOAWAY, 0, 0, [0; 8]), 5_000).left(),
        case("a GOAWAY amid a live stream")
            .send(get(1, "/live/cam.flv"))
            .answer(1, 200)
            .send(frame(GOAWAY, 0, 0, [0; 8]))
            .left(),
        case("an answer to settings that nobody sent").flood(frame(SETTINGS, ACK, 0, []), 10).left(),
        case("a RST_STREAM for the connection")
            .send(frame(RST_STREAM, 0, 0, [0; 4]))
            .gone_away(&[code::PROTOCOL_ERROR]),
    ]
}
