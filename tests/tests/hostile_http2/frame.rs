//! HTTP/2 frames as bytes (RFC 9113 section 4), right ones and wrong ones.

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const ACK: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
pub(crate) const PADDED: u8 = 8;

pub(crate) const HEADER_TABLE_SIZE: u16 = 1;
pub(crate) const ENABLE_PUSH: u16 = 2;
pub(crate) const INITIAL_WINDOW_SIZE: u16 = 4;
pub(crate) const MAX_FRAME_SIZE: u16 = 5;

/// Error codes (section 7).
pub(crate) mod code {
    pub(crate) const PROTOCOL_ERROR: u32 = 1;
    pub(crate) const FLOW_CONTROL_ERROR: u32 = 3;
    pub(crate) const STREAM_CLOSED: u32 = 5;
    pub(crate) const FRAME_SIZE_ERROR: u32 = 6;
    pub(crate) const REFUSED_STREAM: u32 = 7;
    pub(crate) const CANCEL: u32 = 8;
    pub(crate) const COMPRESSION_ERROR: u32 = 9;
    pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;
}

/// What a connection starts with (section 3.4).
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Any frame, whose length is what the payload's is.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame_of(payload.as_ref().len(), kind, flags, stream, payload)
}

/// Any frame, with whatever length.
pub(crate) fn frame_of(
    length: usize,
    kind: u8,
    flags: u8,
    stream: u32,
    payload: impl AsRef<[u8]>,
) -> Vec<u8> {
    let length = u32::try_from(length).expect("a frame's length has 24 bits").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload.as_ref()].concat()
}

pub(crate) fn settings(values: &[(u16, u32)]) -> Vec<u8> {
    let value = |(name, value): &(u16, u32)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat();
    frame(SETTINGS, 0, 0, values.iter().flat_map(value).collect::<Vec<_>>())
}

pub(crate) fn window_update(stream: u32, more: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, more.to_be_bytes())
}

pub(crate) fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, code::CANCEL.to_be_bytes())
}

pub(crate) fn ping() -> Vec<u8> {
    frame(PING, 0, 0, *b"are you?")
}

/// GET for `path`, which is all that the client has to say on `stream`.
pub(crate) fn get(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, request("GET", path, &[]))
}

/// The same for many streams, beginning with the first.
pub(crate) fn gets(count: u32, path: &str) -> Vec<u8> {
    (0..count).flat_map(|number| get(stream(number), path)).collect()
}

/// An extended CONNECT (RFC 8441) to `path`.
pub(crate) fn websocket(stream: u32, path: &str) -> Vec<u8> {
    let more = [(":protocol", "websocket"), ("sec-websocket-version", "13")];
    frame(HEADERS, END_HEADERS, stream, request("CONNECT", path, &more))
}

/// The number that a client's stream has.
pub(crate) const fn stream(number: u32) -> u32 {
    number * 2 + 1
}

/// The header block of a request.
pub(crate) fn request(method: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let usual = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)];
    fields(&[&usual[..], more].concat())
}

/// Fields as literals that are not indexed (RFC 7541 section 6.2.2).
pub(crate) fn fields(fields: &[(&str, &str)]) -> Vec<u8> {
    let field = |(name, value): &(&str, &str)| [&[0][..], &string(name), &string(value)].concat();
    fields.iter().flat_map(field).collect()
}

/// A field that is put into the table, from which it can be had by its index.
pub(crate) fn indexed(name: &str, value: &str) -> Vec<u8> {
    [&[0x40][..], &string(name), &string(value)].concat()
}

/// A string without Huffman coding (RFC 7541 section 5.2).
pub(crate) fn string(text: &str) -> Vec<u8> {
    [&integer(text.len()), text.as_bytes()].concat()
}

/// A number with a prefix of 7 bits (RFC 7541 section 5.1).
fn integer(number: usize) -> Vec<u8> {
    let Some(mut rest) = number.checked_sub(0x7f) else { return vec![number.to_le_bytes()[0]] };
    let mut bytes = vec![0x7f];
    while rest >= 0x80 {
        bytes.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
    bytes
}
