use std::ops::Deref;

use super::{DEFAULT_CHUNK_SIZE, EXTENDED, MAX_CHUNK_SIZE, MAX_HEADER_LEN};
use crate::rtmp::message::{Message, MessageType, control_message};

/// Cuts messages into chunks.
///
/// Each message starts with a type 0 header, its timestamp absolute: a few bytes more than the short forms, and no
/// state that two ends could disagree about.
#[derive(Clone, Copy, Debug)]
pub struct ChunkWriter {
    chunk_size: usize,
}

/// One chunk's header.
#[derive(Clone, Copy, Debug)]
pub struct ChunkHeader {
    bytes: [u8; MAX_HEADER_LEN],
    size: usize,
}

/// The chunks of one message, each a header and its part of the payload.
#[derive(Clone, Debug)]
pub struct Chunks<'a> {
    first: Option<ChunkHeader>,
    next: ChunkHeader,
    payload: &'a [u8],
    chunk_size: usize,
}

impl Default for ChunkWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl ChunkWriter {
    /// A writer of chunks of 128 bytes, which every connection begins with.
    #[must_use]
    pub const fn new() -> Self {
        Self { chunk_size: DEFAULT_CHUNK_SIZE }
    }

    /// Tells the peer that our chunks have `size` bytes from now on; 1 to 16777215, anything else becomes the nearest.
    pub fn set_chunk_size(&mut self, size: u32, out: &mut Vec<u8>) {
        let size = size.clamp(1, MAX_CHUNK_SIZE);
        let message = control_message(MessageType::SetChunkSize, &size.to_be_bytes());
        self.write(2, &message, out);
        self.chunk_size = size as usize;
    }

    /// Appends `message` to `out`, in chunk stream `chunk_stream` (2 to 65599).
    pub fn write(&self, chunk_stream: u32, message: &Message, out: &mut Vec<u8>) {
        let size = message.payload.len();
        out.reserve(size + MAX_HEADER_LEN + size / self.chunk_size * 8);
        for (header, payload) in self.chunks(chunk_stream, message) {
            out.extend_from_slice(&header);
            out.extend_from_slice(payload);
        }
    }

    /// The chunks of `message`, to be sent in this order, in chunk stream `chunk_stream` (2 to 65599). Chunks of other
    /// chunk streams may come between them.
    ///
    /// The payload has at most 16777215 bytes, as every message.
    #[must_use]
    pub fn chunks<'a>(&self, chunk_stream: u32, message: &'a Message) -> Chunks<'a> {
        debug_assert!(message.payload.len() <= MAX_CHUNK_SIZE as usize, "a message length has 24 bits");
        let extended = (message.timestamp >= EXTENDED).then_some(message.timestamp);

        let mut first = ChunkHeader::basic(0, chunk_stream);
        first.push(&message.timestamp.min(EXTENDED).to_be_bytes()[1..]);
        #[allow(clippy::cast_possible_truncation)]
        first.push(&(message.payload.len() as u32).to_be_bytes()[1..]);
        first.push(&[message.message_type.id()]);
        first.push(&message.stream_id.to_le_bytes());

        let mut next = ChunkHeader::basic(3, chunk_stream);
        if let Some(timestamp) = extended {
            first.push(&timestamp.to_be_bytes());
            next.push(&timestamp.to_be_bytes());
        }
        Chunks { first: Some(first), next, payload: &message.payload, chunk_size: self.chunk_size }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (ChunkHeader, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let header = match self.first.take() {
            Some(first) => first,
            None if self.payload.is_empty() => return None,
            None => self.next,
        };
        let (now, rest) = self.payload.split_at(self.chunk_size.min(self.payload.len()));
        self.payload = rest;
        Some((header, now))
    }
}

impl ChunkHeader {
    #[allow(clippy::cast_possible_truncation)]
    fn basic(format: u8, chunk_stream: u32) -> Self {
        debug_assert!((2..=65599).contains(&chunk_stream), "a chunk stream id");
        let mut header = Self { bytes: [0; MAX_HEADER_LEN], size: 0 };
        let format = format << 6;
        match chunk_stream {
            ..64 => header.push(&[format | chunk_stream as u8]),
            64..320 => header.push(&[format, (chunk_stream - 64) as u8]),
            _ => {
                let [low, high] = ((chunk_stream - 64) as u16).to_le_bytes();
                header.push(&[format | 1, low, high]);
            }
        }
        header
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.size..self.size + bytes.len()].copy_from_slice(bytes);
        self.size += bytes.len();
    }
}

impl Deref for ChunkHeader {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.size]
    }
}
