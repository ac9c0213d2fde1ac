//! Clients who ask, and then give the answers no room; and what can be done with windows besides.

use super::case::{Case, case};
use super::frame::{
    END_HEADERS, HEADERS, INITIAL_WINDOW_SIZE, code, frame, get, gets, request, settings, stream, websocket,
    window_update,
};

/// Streams that one connection may have.
const MANY: u32 = 128;

const WIDE: u32 = 0x7fff_ffff;

/// Cases whose streams end because they take nothing.
pub(crate) fn closed() -> Vec<Case> {
    let many = MANY as usize;
    vec![
        case("files without a window")
            .with(INITIAL_WINDOW_SIZE, 0)
            .send(gets(MANY, "/big.bin"))
            .answers(many)
            .resets(many, code::CANCEL),
        case("files with a window of one byte")
            .with(INITIAL_WINDOW_SIZE, 1)
            .send(gets(MANY, "/big.bin"))
            .answers(many)
            .resets(many, code::CANCEL),
        case("recordings from some place on, without a window")
            .with(INITIAL_WINDOW_SIZE, 0)
            .send(gets(MANY, "/film.flv?start=1"))
            .answers(many)
            .resets(many, code::CANCEL),
        case("the live stream without a window")
            .with(INITIAL_WINDOW_SIZE, 0)
            .send(gets(MANY, "/live/cam.flv"))
            .answers(many)
            .resets(many, code::CANCEL),
        case("WebSockets without a window")
            .with(INITIAL_WINDOW_SIZE, 0)
            .send((0..MANY).flat_map(|number| websocket(stream(number), "/live/cam.flv")).collect::<Vec<_>>())
            .answers(many)
            .resets(many, code::CANCEL),
        case("a window that is taken back")
            .send(settings(&[(INITIAL_WINDOW_SIZE, 1000)]))
            .send(gets(20, "/big.bin"))
            .bytes(1, 1000)
            .send(settings(&[(INITIAL_WINDOW_SIZE, 0)]))
            .resets(20, code::CANCEL),
        case("wide windows on a connection that has none")
            .with(INITIAL_WINDOW_SIZE, WIDE)
            .send(gets(20, "/big.bin"))
            .answers(20)
            .resets(20, code::CANCEL),
        case("a window that comes a byte at a time")
            .with(INITIAL_WINDOW_SIZE, 0)
            .send(get(1, "/big.bin"))
            .flood(window_update(1, 1), 10)
            .bytes(1, 10)
            .reset(1, code::CANCEL),
        case("a client that reads nothing of what it has a window for")
            .with(INITIAL_WINDOW_SIZE, WIDE)
            .send(window_update(0, WIDE - 65_535))
            .deaf()
            .send(gets(MANY, "/big.bin"))
            .cut(),
    ]
}

/// Cases with windows that are there.
pub(crate) fn games() -> Vec<Case> {
    vec![
        case("WINDOW_UPDATEs of a byte without end on a live stream")
            .send(get(1, "/live/cam.flv"))
            .answer(1, 200)
            .flood(window_update(1, 1), 20_000),
        case("WINDOW_UPDATEs of a byte without end on the connection").flood(window_update(0, 1), 20_000),
        case("windows to and fro with a live stream").send(get(1, "/live/cam.flv")).answer(1, 200).flood(
            [settings(&[(INITIAL_WINDOW_SIZE, 0)]), settings(&[(INITIAL_WINDOW_SIZE, 65_535)])].concat(),
            500,
        ),
        case("a WINDOW_UPDATE of nothing on a stream")
            .send(get(1, "/live/cam.flv"))
            .answer(1, 200)
            .send(window_update(1, 0))
            .gone_away(&[code::PROTOCOL_ERROR]),
        case("a WINDOW_UPDATE of nothing on the connection")
            .send(window_update(0, 0))
            .gone_away(&[code::PROTOCOL_ERROR]),
        case("a stream's window that is too wide")
            .send(get(1, "/live/cam.flv"))
            .answer(1, 200)
            .send([window_update(1, WIDE), window_update(1, WIDE)].concat())
            .reset(1, code::FLOW_CONTROL_ERROR),
        case("a connection's window that is too wide")
            .send([window_update(0, WIDE), window_update(0, WIDE)].concat())
            .gone_away(&[code::FLOW_CONTROL_ERROR]),
        case("a first window that is too wide")
            .send(settings(&[(INITIAL_WINDOW_SIZE, WIDE + 1)]))
            .gone_away(&[code::FLOW_CONTROL_ERROR, code::PROTOCOL_ERROR]),
        case("windows that are made too wide by a setting")
            .with(INITIAL_WINDOW_SIZE, 0)
            .send(get(1, "/live/cam.flv"))
            .answer(1, 200)
            .send(window_update(1, WIDE))
            .send(settings(&[(INITIAL_WINDOW_SIZE, WIDE)]))
            .gone_away(&[code::FLOW_CONTROL_ERROR]),
        case("a WINDOW_UPDATE for a stream that is none")
            .send(window_update(7, 1))
            .gone_away(&[code::PROTOCOL_ERROR]),
        case("more of a body than the server has a window for")
            .send(frame(HEADERS, END_HEADERS, 1, request("GET", "/live/cam.flv", &[])))
            .answer(1, 200)
            .flood(frame(super::frame::DATA, 0, 1, [0; 16_384]), 20)
            .closed(),
    ]
}
