//! A client's end of one HTTP/2 connection, which sends whatever bytes it likes.

use std::collections::HashMap;

use flvgate_tests::secure;
use flvgate_tests::server::PATIENCE;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::frame::{
    ACK, DATA, END_STREAM, GOAWAY, HEADER_TABLE_SIZE, HEADERS, PREFACE, RST_STREAM, SETTINGS, frame, settings,
};

/// What has come of one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The status that each stream was answered with.
    pub(crate) answers: HashMap<u32, u16>,
    /// Bytes of bodies.
    pub(crate) bytes: HashMap<u32, usize>,
    /// The error code that the server reset each stream with; `None` for those that have ended properly.
    pub(crate) ends: HashMap<u32, Option<u32>>,
    /// The last error code of GOAWAY.
    pub(crate) goaway: Option<u32>,
    /// The server has settings.
    pub(crate) has_settings: bool,
    pub(crate) is_closed: bool,
}

pub(crate) struct Peer {
    writer: WriteHalf<TlsStream<TcpStream>>,
    pub(crate) seen: watch::Receiver<Seen>,
    reading: JoinHandle<()>,
}

impl Peer {
    /// Connects to `host`, and says nothing.
    pub(crate) async fn connect(host: &str) -> Self {
        let (reader, writer) = split(secure::connect(host, "localhost", "h2").await);
        let (sender, seen) = watch::channel(Seen::default());
        Self { writer, seen, reading: tokio::spawn(read(reader, sender)) }
    }

    /// Connects to `host` with these settings, and waits for the server's.
    pub(crate) async fn open(host: &str, values: &[(u16, u32)]) -> Self {
        let mut peer = Self::connect(host).await;
        // Without a table, an answer's head can be read alone.
        let settings = settings(&[&[(HEADER_TABLE_SIZE, 0)], values].concat());
        peer.send(&[PREFACE, &settings].concat()).await;
        peer.wait("settings", |seen| seen.has_settings).await;
        peer.send(&frame(SETTINGS, ACK, 0, [])).await;
        peer
    }

    /// Reads nothing any more.
    pub(crate) fn go_deaf(&self) {
        self.reading.abort();
    }

    /// Sends, and says whether the server still listens.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        let sending = async {
            self.writer.write_all(bytes).await?;
            self.writer.flush().await
        };
        timeout(PATIENCE, sending).await.expect("the server takes it, or hangs up").is_ok()
    }

    /// Waits for `what`, which `seen` tells.
    pub(crate) async fn wait(&mut self, what: &str, reached: impl FnMut(&Seen) -> bool) -> Seen {
        let last = self.seen.clone();
        match timeout(PATIENCE, self.seen.wait_for(reached)).await {
            Ok(Ok(seen)) => seen.clone(),
            _ => panic!("{what}: {:?}", last.borrow()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Notes what comes until the connection ends.
async fn read(mut reader: ReadHalf<TlsStream<TcpStream>>, seen: watch::Sender<Seen>) {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = reader.read(&mut piece).await {
        bytes.extend_from_slice(&piece[..count]);
        let mut taken = 0;
        seen.send_modify(|seen| {
            while let Some(length) = note(seen, &bytes[taken..]) {
                taken += length;
            }
        });
        bytes.drain(..taken);
    }
    seen.send_modify(|seen| seen.is_closed = true);
    // The connection's other half keeps it open.
    std::future::pending().await
}

/// Notes the frame that `bytes` begin with; its length, if it is whole.
fn note(seen: &mut Seen, bytes: &[u8]) -> Option<usize> {
    let [a, b, c, kind, flags, id @ ..] = *bytes.first_chunk::<9>()?;
    let length = u32::from_be_bytes([0, a, b, c]) as usize;
    let payload = bytes.get(9..9 + length)?;
    let stream = u32::from_be_bytes(id);
    let number = |at: usize| {
        let number = payload.get(at..at + 4).and_then(|number| number.try_into().ok());
        u32::from_be_bytes(number.expect("the server's frames are whole"))
    };
    match kind {
        HEADERS => drop(seen.answers.insert(stream, status(payload))),
        DATA => *seen.bytes.entry(stream).or_default() += length,
        RST_STREAM => drop(seen.ends.insert(stream, Some(number(0)))),
        SETTINGS if flags & ACK == 0 => seen.has_settings = true,
        GOAWAY => seen.goaway = Some(number(4)),
        _ => {}
    }
    if matches!(kind, HEADERS | DATA) && flags & END_STREAM != 0 {
        seen.ends.insert(stream, None);
    }
    Some(9 + length)
}

/// The status, which is the first field of an answer: one of the static table, or a literal with the name from there.
fn status(mut block: &[u8]) -> u16 {
    const KNOWN: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
    while let [first, rest @ ..] = block {
        match first {
            // The table's size.
            0x20..0x40 => block = rest,
            0x88..=0x8e => return KNOWN[usize::from(first - 0x88)],
            // An index of the dynamic table: nobody needs to know which.
            0x80.. => return 0,
            _ => return literal(rest),
        }
    }
    0
}

/// The number that a string has, Huffman-coded or not: digits have 5 bits (0, 1, 2) or 6 (RFC 7541 appendix B).
fn literal(bytes: &[u8]) -> u16 {
    let [length, text @ ..] = bytes else { return 0 };
    let text = text.get(..usize::from(length & 0x7f)).unwrap_or_default();
    if length & 0x80 == 0 {
        return str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    }
    let bits =
        text.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (32 - 8 * text.len().min(4));
    let (mut at, mut status) = (0, 0);
    for _ in 0..3 {
        let five = bits << at >> 27;
        let digit = if five < 3 {
            at += 5;
            five
        } else {
            at += 6;
            (bits << (at - 6) >> 26) - 0x19 + 3
        };
        status = status * 10 + digit;
    }
    u16::try_from(status).unwrap_or(0)
}
