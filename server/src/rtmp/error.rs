use super::handshake::Foreign;

/// What a peer did that RTMP, or one of our limits, does not allow. The connection ends with it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// C0 or S0 names another version.
    #[error("RTMP version: expected 3, got {0}")]
    Version(u8),
    /// The first bytes are those of another protocol.
    #[error("expected RTMP, got what looks like {0}")]
    Foreign(Foreign),
    /// A header that leaves fields out came first in its chunk stream.
    #[error(
        "chunk of type {format}: no earlier message in chunk stream {chunk_stream} to take its header from"
    )]
    NoEarlierHeader {
        /// The chunk type, 2 or 3.
        format: u8,
        /// The chunk stream's id.
        chunk_stream: u32,
    },
    /// The message is larger than `max_message_size`.
    #[error("message of {length} bytes: at most {limit} allowed")]
    MessageTooLarge {
        /// What its header says.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// The parts of unfinished messages are larger than twice `max_message_size`.
    #[error("{held} bytes of unfinished messages: at most {limit} allowed")]
    TooMuchUnfinished {
        /// Bytes in all chunk streams.
        held: usize,
        /// The limit.
        limit: usize,
    },
    /// More chunk streams than `max_chunk_streams`.
    #[error("more than {limit} chunk streams")]
    TooManyChunkStreams {
        /// The limit.
        limit: usize,
    },
    /// A protocol control or user control message is too short.
    #[error("{what}: expected {expected} bytes, got {got}")]
    ControlTooShort {
        /// The message, with its name in the specification.
        what: &'static str,
        /// Bytes needed.
        expected: usize,
        /// Bytes there.
        got: usize,
    },
    /// `Set Chunk Size` with 0.
    #[error("Set Chunk Size: expected 1 or more, got 0")]
    ChunkSizeZero,
    /// `Set Peer Bandwidth` with an unknown limit type.
    #[error("Set Peer Bandwidth: expected limit type 0, 1 or 2, got {0}")]
    BandwidthLimitType(u8),
    /// A command that is not AMF0, or not a command.
    #[error("command: {0}")]
    Command(#[from] flvgate_media::Error),
    /// A command that has a name, but not what belongs to it.
    #[error("{what}: expected {expected}")]
    CommandArgument {
        /// The command.
        what: &'static str,
        /// What it needs.
        expected: &'static str,
    },
    /// Another command than `connect` came first; the beginning of its name.
    #[error("expected the command connect first, got {0:?}")]
    NotConnected(String),
}
