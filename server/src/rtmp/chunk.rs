//! Messages cut into chunks, and put together again (RTMP 1.0 section 5.3).

mod header;
mod reader;
mod writer;

pub use reader::{ChunkLimits, ChunkReader};
pub use writer::{ChunkHeader, ChunkWriter, Chunks};

/// Until a peer says another one (RTMP 1.0 section 5.4.1).
const DEFAULT_CHUNK_SIZE: usize = 128;

/// A larger chunk is never needed: a message's length has 24 bits.
const MAX_CHUNK_SIZE: u32 = 0xff_ffff;

/// In the 24-bit timestamp field: 32 bits follow the header instead.
const EXTENDED: u32 = 0xff_ffff;

/// The longest chunk header in bytes: 3 basic, 11 message header, 4 extended timestamp.
const MAX_HEADER_LEN: usize = 18;

#[cfg(test)]
mod tests;
