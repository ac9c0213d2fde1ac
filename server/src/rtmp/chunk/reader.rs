use bytes::Bytes;

use super::header::{self, Header, Parsed};
use super::{DEFAULT_CHUNK_SIZE, MAX_CHUNK_SIZE, MAX_HEADER_LEN};
use crate::rtmp::Error;
use crate::rtmp::message::{Message, MessageType, control_u32};

/// A message's buffer starts with at most so many bytes, whatever length its header claims, and doubles as data comes.
const FIRST_ALLOCATION: usize = 64 * 1024;

/// What a peer's chunk streams may cost.
///
/// All unfinished messages together may hold twice `message_size`; their buffers have at most double capacity while
/// they grow. So a reader holds no more than 4 times `message_size`, and 64 KiB for each chunk stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkLimits {
    /// Bytes in one message.
    pub message_size: usize,
    /// Chunk streams.
    pub chunk_streams: usize,
}

/// Puts messages together from a peer's chunks, in any slicing.
///
/// `Set Chunk Size` and `Abort`, which concern chunks only, it obeys itself.
#[derive(Debug)]
pub struct ChunkReader {
    limits: ChunkLimits,
    chunk_size: usize,
    streams: Vec<ChunkStream>,
    state: State,
    /// Bytes of the header that is coming.
    header: Vec<u8>,
    /// Bytes that were taken for an extended timestamp, and are payload: to be read before the input.
    returned: Vec<u8>,
    /// Bytes in all unfinished messages.
    unfinished: usize,
    /// `Abort` messages without a chunk stream's id.
    malformed: u64,
}

#[derive(Debug)]
enum State {
    Header,
    /// `missing` bytes of this chunk of the stream at `index` are still to come; never 0.
    Payload {
        index: usize,
        missing: usize,
    },
}

/// What a chunk stream's next header may leave out, and its unfinished message.
#[derive(Debug, Default)]
struct ChunkStream {
    id: u32,
    timestamp: u32,
    /// The timestamp field of the last header that had one: what a type 3 chunk adds.
    field: u32,
    /// Whether that field was an extended one.
    extended: bool,
    length: usize,
    type_id: u8,
    stream_id: u32,
    /// Whether a message has begun and not ended.
    open: bool,
    body: Vec<u8>,
}

impl ChunkReader {
    /// A reader at the end of the handshake.
    #[must_use]
    pub const fn new(limits: ChunkLimits) -> Self {
        Self {
            limits,
            chunk_size: DEFAULT_CHUNK_SIZE,
            streams: Vec::new(),
            state: State::Header,
            header: Vec::new(),
            returned: Vec::new(),
            unfinished: 0,
            malformed: 0,
        }
    }

    /// `Abort` messages that were ignored, because they are too short to name a chunk stream.
    #[must_use]
    pub const fn malformed(&self) -> u64 {
        self.malformed
    }

    /// Bytes of memory that unfinished messages and the chunk streams themselves take.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        let bodies: usize = self.streams.iter().map(|stream| stream.body.capacity()).sum();
        bodies + self.streams.capacity() * size_of::<ChunkStream>()
    }

    /// Takes bytes from the front of `input` until a message is whole; `None` when all are taken and none is.
    ///
    /// # Errors
    /// When the chunks are not legal, or over the limits. The reader is of no use after that.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        loop {
            let message = if self.returned.is_empty() {
                self.step(input)?
            } else {
                let returned = std::mem::take(&mut self.returned);
                let mut rest = &returned[..];
                let message = self.step(&mut rest)?;
                self.returned.extend_from_slice(rest);
                message
            };
            match message {
                Some(message) if !self.obey(&message)? => return Ok(Some(message)),
                None if self.returned.is_empty() && input.is_empty() => return Ok(None),
                _ => {}
            }
        }
    }

    /// Reads one header, or one piece of payload.
    fn step(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        match self.state {
            State::Header => match self.gather_header(input)? {
                Some(header) => self.open_chunk(&header),
                None => Ok(None),
            },
            State::Payload { index, missing } => self.take_payload(index, missing, input),
        }
    }

    fn gather_header(&mut self, input: &mut &[u8]) -> Result<Option<Header>, Error> {
        loop {
            match self.parse_header(&self.header)? {
                Parsed::Needs(_) if input.is_empty() => return Ok(None),
                Parsed::Needs(size) => {
                    debug_assert!(size <= MAX_HEADER_LEN);
                    let missing = size - self.header.len();
                    let (now, rest) = input.split_at(missing.min(input.len()));
                    self.header.extend_from_slice(now);
                    *input = rest;
                }
                Parsed::Whole(header) => {
                    self.returned.extend_from_slice(&self.header[header.size..]);
                    self.header.clear();
                    return Ok(Some(header));
                }
            }
        }
    }

    fn parse_header(&self, bytes: &[u8]) -> Result<Parsed, Error> {
        header::parse(bytes, |chunk_stream| {
            let Some(stream) = self.streams.iter().find(|stream| stream.id == chunk_stream) else {
                return Err(Error::NoEarlierHeader { format: 3, chunk_stream });
            };
            // What is repeated is the field, which after a type 1 or 2 header is a delta; some repeat the sum.
            Ok(stream.extended.then_some([stream.field, stream.timestamp]))
        })
    }

    fn open_chunk(&mut self, header: &Header) -> Result<Option<Message>, Error> {
        let index = self.index_of(header)?;
        let stream = &mut self.streams[index];
        if header.format < 3 {
            // A header in mid-message: what came of the old message is dropped.
            self.unfinished -= stream.body.len();
            stream.body = Vec::new();
            stream.open = false;
            stream.field = header.field;
            stream.extended = header.extended;
        }
        if header.format < 2 {
            let limit = self.limits.message_size;
            if header.length > limit {
                return Err(Error::MessageTooLarge { length: header.length, limit });
            }
            stream.length = header.length;
            stream.type_id = header.type_id;
        }
        if header.format == 0 {
            stream.stream_id = header.stream_id;
            stream.timestamp = header.field;
        } else if !stream.open {
            // A type 3 chunk that begins a message adds the last field again. Behind a type 0 chunk that field is an
            // absolute time, and the specification (5.3.1.2.4) wants it added all the same. FFmpeg, librtmp and SRS read
            // it so, and FFmpeg only sends it when that is the right sum; nginx-rtmp, which adds 0, is the exception.
            stream.timestamp = stream.timestamp.wrapping_add(stream.field);
        }
        stream.open = true;
        let missing = self.chunk_size.min(stream.length - stream.body.len());
        if missing == 0 {
            return Ok(Some(self.close_message(index)));
        }
        self.state = State::Payload { index, missing };
        Ok(None)
    }

    fn index_of(&mut self, header: &Header) -> Result<usize, Error> {
        let &Header { format, chunk_stream, .. } = header;
        if let Some(index) = self.streams.iter().position(|stream| stream.id == chunk_stream) {
            return Ok(index);
        }
        // librtmp opens its control stream with type 1, which tells all but a message stream; 0 is meant.
        if format > 1 {
            return Err(Error::NoEarlierHeader { format, chunk_stream });
        }
        let limit = self.limits.chunk_streams;
        if self.streams.len() >= limit {
            return Err(Error::TooManyChunkStreams { limit });
        }
        self.streams.push(ChunkStream { id: chunk_stream, ..ChunkStream::default() });
        Ok(self.streams.len() - 1)
    }

    fn take_payload(
        &mut self,
        index: usize,
        missing: usize,
        input: &mut &[u8],
    ) -> Result<Option<Message>, Error> {
        let (now, rest) = input.split_at(missing.min(input.len()));
        *input = rest;
        self.unfinished += now.len();
        let limit = self.limits.message_size.saturating_mul(2);
        if self.unfinished > limit {
            return Err(Error::TooMuchUnfinished { held: self.unfinished, limit });
        }
        let stream = &mut self.streams[index];
        grow(&mut stream.body, now.len(), stream.length);
        stream.body.extend_from_slice(now);
        if stream.body.len() == stream.length {
            return Ok(Some(self.close_message(index)));
        }
        let missing = missing - now.len();
        self.state = if missing == 0 { State::Header } else { State::Payload { index, missing } };
        Ok(None)
    }

    fn close_message(&mut self, index: usize) -> Message {
        self.state = State::Header;
        let stream = &mut self.streams[index];
        stream.open = false;
        let body = std::mem::take(&mut stream.body);
        self.unfinished -= body.len();
        Message {
            message_type: MessageType::from_id(stream.type_id),
            timestamp: stream.timestamp,
            stream_id: stream.stream_id,
            payload: Bytes::from(body),
        }
    }

    /// Whether the message was for the chunk layer.
    fn obey(&mut self, message: &Message) -> Result<bool, Error> {
        match message.message_type {
            MessageType::SetChunkSize => {
                let size = control_u32("Set Chunk Size", &message.payload)?;
                if size == 0 {
                    return Err(Error::ChunkSizeZero);
                }
                self.chunk_size = size.min(MAX_CHUNK_SIZE) as usize;
            }
            MessageType::Abort => {
                let Ok(id) = control_u32("Abort", &message.payload) else {
                    self.malformed += 1;
                    return Ok(true);
                };
                if let Some(stream) = self.streams.iter_mut().find(|stream| stream.id == id) {
                    self.unfinished -= stream.body.len();
                    stream.body = Vec::new();
                    stream.open = false;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Makes room for `more` bytes: doubling, and ending at exactly `length`, so that the buffer is shared as it is.
fn grow(body: &mut Vec<u8>, more: usize, length: usize) {
    let needed = body.len() + more;
    if needed > body.capacity() {
        let capacity = needed.max(body.capacity() * 2).max(FIRST_ALLOCATION).min(length);
        body.reserve_exact(capacity - body.len());
    }
}
