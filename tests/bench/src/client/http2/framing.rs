//! The framing of HTTP/2 (RFC 9113), as far as a viewer needs it: some GET requests, and their bodies.
//!
//! No socket and no clock. Bytes of the server go in, in any slicing, and events come out; what the server must be sent
//! gathers in [`Http2::outgoing`].

use std::mem;

use super::frame::{
    ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, RST_STREAM, SETTINGS,
    SETTINGS_ENABLE_PUSH, SETTINGS_HEADER_TABLE_SIZE, SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_UPDATE,
    header_block,
};
use super::hpack;
use super::window::Window;

/// What a connection starts with (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD_LEN: usize = 9;
/// The largest payload that a server may send, unless it is told otherwise (SETTINGS_MAX_FRAME_SIZE).
const MAX_PAYLOAD: usize = 16_384;
/// What every connection's window is until it is enlarged.
const DEFAULT_WINDOW: u32 = 65_535;
/// The windows of Chromium: a server has as many WINDOW_UPDATEs to read as from a browser.
const STREAM_WINDOW: u32 = 6 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 15 * 1024 * 1024;

/// What came of one stream. Streams are numbered 0, 1, 2 in the order of the requests.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// The head of the answer: whether its status is 200.
    Answered { stream: usize, accepted: bool },
    /// More of the body.
    Body { stream: usize, bytes: &'a [u8] },
    /// The stream is over: its body has ended, or the server has reset it.
    Ended { stream: usize },
}

/// What a server may not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FramingError {
    #[error("a frame of {0} bytes came; no more than {MAX_PAYLOAD} were allowed")]
    TooLong(usize),
    #[error("a frame of type {kind:#x} came with {len} bytes, which it cannot have")]
    Malformed { kind: u8, len: usize },
    #[error("a frame came for stream {0}, which was never opened")]
    UnknownStream(u32),
    #[error("the server ended the connection with the error code {0:#x}")]
    GoneAway(u32),
}

/// A connection's client side.
#[derive(Debug)]
pub(crate) struct Http2 {
    reading: Reading,
    streams: Vec<Stream>,
    window: Window,
    outgoing: Vec<u8>,
}

#[derive(Debug)]
struct Stream {
    answered: bool,
    ended: bool,
    window: Window,
}

/// Which part of a frame comes next.
#[derive(Debug)]
enum Reading {
    Head {
        bytes: [u8; HEAD_LEN],
        filled: usize,
    },
    /// A DATA frame, handed on as it comes.
    Body {
        stream: usize,
        padded: bool,
        left: usize,
        padding: usize,
        last: bool,
    },
    /// Any other frame, gathered.
    Whole {
        kind: u8,
        flags: u8,
        id: u32,
        len: usize,
        payload: Vec<u8>,
    },
}

const AT_HEAD: Reading = Reading::Head { bytes: [0; HEAD_LEN], filled: 0 };

impl Http2 {
    /// Opens the connection, and requests `paths` of `authority`, a stream each.
    pub(crate) fn new<'a>(authority: &str, paths: impl IntoIterator<Item = &'a str>) -> Self {
        let window = Window::new(CONNECTION_WINDOW);
        let mut http2 = Self { reading: AT_HEAD, streams: Vec::new(), window, outgoing: PREFACE.to_vec() };
        let mut settings = Vec::new();
        for (name, value) in [
            // Nothing is ever indexed, so that a head can be read alone.
            (SETTINGS_HEADER_TABLE_SIZE, 0),
            (SETTINGS_ENABLE_PUSH, 0),
            (SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW),
        ] {
            settings.extend_from_slice(&name.to_be_bytes());
            settings.extend_from_slice(&value.to_be_bytes());
        }
        http2.send(SETTINGS, 0, 0, &settings);
        http2.send(WINDOW_UPDATE, 0, 0, &(CONNECTION_WINDOW - DEFAULT_WINDOW).to_be_bytes());
        for path in paths {
            let id = stream_id(http2.streams.len());
            let window = Window::new(STREAM_WINDOW);
            http2.streams.push(Stream { answered: false, ended: false, window });
            http2.send(HEADERS, END_STREAM | END_HEADERS, id, &hpack::get(authority, path));
        }
        http2
    }

    /// What has to be sent to the server; taking it makes it empty.
    pub(crate) fn outgoing(&mut self) -> Vec<u8> {
        mem::take(&mut self.outgoing)
    }

    /// Takes bytes of the server, and hands what they mean to `handle`.
    ///
    /// # Errors
    /// When the server ends the connection, or does not speak HTTP/2; there is no going on after that.
    pub(crate) fn receive(
        &mut self,
        mut bytes: &[u8],
        handle: &mut impl FnMut(Event<'_>),
    ) -> Result<(), FramingError> {
        while !bytes.is_empty() {
            let used = match &mut self.reading {
                Reading::Head { bytes: head, filled } => {
                    let used = bytes.len().min(HEAD_LEN - *filled);
                    head[*filled..*filled + used].copy_from_slice(&bytes[..used]);
                    *filled += used;
                    if *filled == HEAD_LEN {
                        let head = *head;
                        self.start_frame(head, handle)?;
                    }
                    used
                }
                Reading::Body { .. } => self.read_body(bytes, handle),
                Reading::Whole { len, payload, .. } => {
                    let used = bytes.len().min(*len - payload.len());
                    payload.extend_from_slice(&bytes[..used]);
                    if payload.len() == *len {
                        self.end_frame(handle)?;
                    }
                    used
                }
            };
            bytes = &bytes[used..];
        }
        Ok(())
    }

    fn start_frame(
        &mut self,
        head: [u8; HEAD_LEN],
        handle: &mut impl FnMut(Event<'_>),
    ) -> Result<(), FramingError> {
        let [a, b, c, kind, flags, id @ ..] = head;
        let len = u32::from_be_bytes([0, a, b, c]) as usize;
        let id = u32::from_be_bytes(id) & (u32::MAX >> 1);
        if len > MAX_PAYLOAD {
            return Err(FramingError::TooLong(len));
        }
        if kind == DATA {
            let stream = self.stream(id)?;
            let padded = flags & PADDED != 0;
            if padded && len == 0 {
                return Err(FramingError::Malformed { kind, len });
            }
            self.give_window_back(stream, len);
            let last = flags & END_STREAM != 0;
            self.reading = Reading::Body { stream, padded, left: len, padding: 0, last };
            if len == 0 {
                self.end_body(handle);
            }
            return Ok(());
        }
        self.reading = Reading::Whole { kind, flags, id, len, payload: Vec::new() };
        if len == 0 { self.end_frame(handle) } else { Ok(()) }
    }

    /// Reads what `bytes` have of a DATA frame; returns how many bytes that were.
    fn read_body(&mut self, bytes: &[u8], handle: &mut impl FnMut(Event<'_>)) -> usize {
        let Reading::Body { stream, padded, left, padding, .. } = &mut self.reading else { return 0 };
        let used = if mem::take(padded) {
            // The length of the padding stands before the body, and cannot be more than what is there.
            *left -= 1;
            *padding = usize::from(bytes[0]).min(*left);
            1
        } else if *left > *padding {
            let used = bytes.len().min(*left - *padding);
            handle(Event::Body { stream: *stream, bytes: &bytes[..used] });
            *left -= used;
            used
        } else {
            let used = bytes.len().min(*left);
            *left -= used;
            *padding = *left;
            used
        };
        if *left == 0 {
            self.end_body(handle);
        }
        used
    }

    fn end_body(&mut self, handle: &mut impl FnMut(Event<'_>)) {
        if let Reading::Body { stream, last: true, .. } = mem::replace(&mut self.reading, AT_HEAD) {
            self.end_stream(stream, handle);
        }
    }

    fn end_frame(&mut self, handle: &mut impl FnMut(Event<'_>)) -> Result<(), FramingError> {
        let Reading::Whole { kind, flags, id, len, payload } = mem::replace(&mut self.reading, AT_HEAD)
        else {
            return Ok(());
        };
        let malformed = FramingError::Malformed { kind, len };
        match kind {
            HEADERS => {
                let stream = self.stream(id)?;
                let block = header_block(&payload, flags).ok_or(malformed)?;
                // The second head of a stream is its trailers.
                if !mem::replace(&mut self.streams[stream].answered, true) {
                    handle(Event::Answered { stream, accepted: hpack::is_status_200(block) });
                }
                if flags & END_STREAM != 0 {
                    self.end_stream(stream, handle);
                }
            }
            RST_STREAM => {
                let stream = self.stream(id)?;
                self.end_stream(stream, handle);
            }
            SETTINGS if flags & ACK == 0 => self.send(SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => self.send(PING, ACK, 0, &payload),
            GOAWAY => {
                let code = payload.get(4..8).and_then(|code| code.try_into().ok()).ok_or(malformed)?;
                // A server that stops lets the streams that are open end.
                match u32::from_be_bytes(code) {
                    0 => {}
                    code => return Err(FramingError::GoneAway(code)),
                }
            }
            // What a server has window for does not matter to who sends no body, and unknown types are to be ignored.
            _ => {}
        }
        Ok(())
    }

    fn end_stream(&mut self, stream: usize, handle: &mut impl FnMut(Event<'_>)) {
        if !mem::replace(&mut self.streams[stream].ended, true) {
            handle(Event::Ended { stream });
        }
    }

    fn give_window_back(&mut self, stream: usize, len: usize) {
        // A frame has at most 16,384.
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        if let Some(given) = self.window.take(len) {
            self.send(WINDOW_UPDATE, 0, 0, &given.to_be_bytes());
        }
        if let Some(given) = self.streams[stream].window.take(len) {
            self.send(WINDOW_UPDATE, 0, stream_id(stream), &given.to_be_bytes());
        }
    }

    fn stream(&self, id: u32) -> Result<usize, FramingError> {
        let index = usize::try_from(id / 2).ok().filter(|index| id % 2 == 1 && *index < self.streams.len());
        index.ok_or(FramingError::UnknownStream(id))
    }

    fn send(&mut self, kind: u8, flags: u8, id: u32, payload: &[u8]) {
        // Nothing that is sent from here is longer than a path.
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
        self.outgoing.extend_from_slice(&len[1..]);
        self.outgoing.extend_from_slice(&[kind, flags]);
        self.outgoing.extend_from_slice(&id.to_be_bytes());
        self.outgoing.extend_from_slice(payload);
    }
}

/// Clients open streams with odd numbers.
fn stream_id(index: usize) -> u32 {
    u32::try_from(index * 2 + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
