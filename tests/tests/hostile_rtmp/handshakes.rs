//! Handshakes: halves, other protocols, ends.

use super::case::{Case, case};
use super::speech::{connect, connected, handshake, playing, publishing};

pub(super) fn cases() -> Vec<Case> {
    [others(), halves(), ends()].into_iter().flatten().collect()
}

/// What is no handshake of RTMP is closed at once.
fn others() -> Vec<Case> {
    let hello = [&b"\x16\x03\x01\x02\x00\x01\x00"[..], &[7; 600]].concat();
    let others: [(&str, &[u8]); 12] = [
        ("TLS", &hello),
        ("HTTP", b"GET /live/watched.flv HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("RTMPT", b"POST /open/1 HTTP/1.1\r\nContent-Length: 1\r\n\r\n\0"),
        ("PROXY 1", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"),
        ("PROXY 2", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c0123456789ab"),
        ("RTSP", b"OPTIONS rtsp://a/live RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
        ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("RTMPE", &[6; 1537]),
        ("zeros", &[0; 4096]),
        ("ones", &[0xff; 4096]),
        ("one wrong byte", &[4]),
    ];
    others.map(|(name, bytes)| case(name).send(bytes).closed()).into()
}

/// Who does not finish is closed after `handshake_timeout`.
fn halves() -> Vec<Case> {
    let whole = handshake();
    let part =
        |name: &str, length: usize| case(format!("{name} and silence")).send(&whole[..length]).closed();
    vec![
        part("nothing", 0),
        part("C0", 1),
        part("half of C1", 700),
        part("C1", 1537),
        part("half of C2", 2000),
        part("all but one byte", whole.len() - 1),
        case("a handshake and silence").send(&whole).closed(),
        case("connect and silence").send(connected()).closed(),
    ]
}

fn ends() -> Vec<Case> {
    let whole = handshake();
    let random: Vec<u8> = (0..3072u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    vec![
        case("a handshake a byte at a time").send_slowly(connected()),
        case("C1 and C2 of random bytes").send([&[3][..], &random].concat()).send(connect()),
        case("an end in C1").send(&whole[..800]).half_close().closed(),
        case("an end behind the handshake").send(&whole).half_close().closed(),
        case("a reset in C1").send(&whole[..800]).reset(),
        case("a reset behind the handshake").send(&whole).reset(),
        case("a reset behind connect").send(connected()).told("_result").reset(),
        case("a reset in a publication").send(publishing("reset")).told("NetStream.Publish.Start").reset(),
        case("a reset in a play").send(playing("watched")).told("NetStream.Play.Start").reset(),
        case("two handshakes").send(&whole).send(&whole).closed(),
    ]
}
