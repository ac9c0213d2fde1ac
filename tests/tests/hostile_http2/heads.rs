//! Heads of requests: bombs, and what no client may send (RFC 9113 section 8, RFC 7541).

use super::case::{Case, case};
use super::frame::{CONTINUATION, END_HEADERS, END_STREAM, HEADERS, code, fields, frame, indexed, request};

/// A whole request with this header block.
fn head(stream: u32, block: impl AsRef<[u8]>) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, block)
}

/// A request that is reset because nobody may make it.
fn malformed(name: &'static str, block: impl AsRef<[u8]>) -> Case {
    case(name).send(head(1, block)).reset(1, code::PROTOCOL_ERROR)
}

pub(crate) fn bombs() -> Vec<Case> {
    let usual = request("GET", "/page.txt", &[]);
    // 62 is the newest entry of the table: a byte for a field of 4,000.
    let bomb = [usual.clone(), indexed("x", &"y".repeat(3_900)), vec![0x80 | 62; 10_000]].concat();
    let long = "z".repeat(3_000);
    let names: Vec<_> = (0..20).map(|number| format!("x-{number}")).collect();
    let more: Vec<_> = names.iter().map(|name| (name.as_str(), long.as_str())).collect();
    let large = request("GET", "/page.txt", &more);
    let pieces: Vec<_> = large.chunks(16_000).collect();
    let mut split = frame(HEADERS, END_STREAM, 1, pieces[0]);
    for (number, piece) in pieces.iter().enumerate().skip(1) {
        let flags = if number + 1 == pieces.len() { END_HEADERS } else { 0 };
        split.extend(frame(CONTINUATION, flags, 1, piece));
    }
    let compression = |name, block: &[u8]| {
        case(name)
            .send(head(1, [&usual[..], block].concat()))
            .gone_away(&[code::COMPRESSION_ERROR, code::PROTOCOL_ERROR])
    };
    vec![
        case("a bomb: ten thousand times one long field")
            .send(head(1, bomb))
            .gone_away(&[code::ENHANCE_YOUR_CALM]),
        case("a head that is too large").send(split).answer(1, 431),
        case("many fields without a name or a value")
            .send(head(1, [&usual[..], &fields(&[("x", ""); 3_000])].concat()))
            .answer(1, 431),
        compression("an index that nothing has", &[0x80 | 100]),
        compression("an index of 0", &[0x80]),
        compression("a number that does not end", &[0xff; 200]),
        compression("a table larger than it may be", &[0x3f, 0xff, 0xff, 0x7f]),
        compression("a string longer than its block", &[0, 0x7f, 0xff, 0x7f]),
        compression("Huffman code of nothing", &[0, 0x84, 0xff, 0xff, 0xff, 0xff, 0]),
    ]
}

pub(crate) fn malformed_ones() -> Vec<Case> {
    let get = |more: &[(&str, &str)]| request("GET", "/page.txt", more);
    vec![
        case("a name in capitals").send(head(1, get(&[("Accept", "x")]))).gone_away(&[code::PROTOCOL_ERROR]),
        malformed("a field of the connection", get(&[("connection", "close")])),
        malformed("Transfer-Encoding", get(&[("transfer-encoding", "chunked")])),
        malformed("TE that is not trailers", get(&[("te", "gzip")])),
        malformed("a pseudo-header behind others", get(&[("a", "b"), (":path", "/")])),
        malformed("two paths", get(&[(":path", "/")])),
        case("a pseudo-header that is none")
            .send(head(1, get(&[(":x", "y")])))
            .gone_away(&[code::PROTOCOL_ERROR]),
        malformed("a status in a request", get(&[(":status", "200")])),
        malformed(
            "no path",
            fields(&[(":method", "GET"), (":scheme", "https"), (":authority", "localhost")]),
        ),
        malformed("an empty path", request("GET", "", &[])),
        malformed("no method", fields(&[(":scheme", "https"), (":authority", "localhost"), (":path", "/")])),
        malformed("no head at all", []),
        case("a path that is none").send(head(1, request("GET", "page.txt", &[]))).left(),
        case("an upgrade as in HTTP/1").send(head(1, get(&[("upgrade", "websocket")]))).left(),
        case("CONNECT to somewhere")
            .send(frame(HEADERS, END_HEADERS, 1, fields(&[(":method", "CONNECT"), (":authority", "a:1")])))
            .answers(1),
        case("an extended CONNECT to a protocol that nobody speaks")
            .send(frame(HEADERS, END_HEADERS, 1, request("CONNECT", "/live/cam.flv", &[(":protocol", "x")])))
            .answers(1),
        case("a WebSocket of another version")
            .send(frame(
                HEADERS,
                END_HEADERS,
                1,
                request("CONNECT", "/live/cam.flv", &[(":protocol", "websocket")]),
            ))
            .answers(1),
        case("a WebSocket that is not one")
            .send(frame(
                HEADERS,
                END_HEADERS | END_STREAM,
                1,
                request("GET", "/live/cam.flv", &[(":protocol", "websocket")]),
            ))
            .left(),
    ]
}
