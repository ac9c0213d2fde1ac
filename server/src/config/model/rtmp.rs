//! RTMP ingest.

use std::net::SocketAddr;
use std::time::Duration;

/// RTMP ingest (`listen`, `chunk_size`, `rtmp { }`).
#[derive(Clone, Debug, PartialEq)]
pub struct Rtmp {
    /// Where encoders connect. Port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// The size of the chunks we send, in bytes, 1 to 16777215.
    pub chunk_size: u32,
    /// What a peer may cost.
    pub limits: RtmpLimits,
}

impl Default for Rtmp {
    fn default() -> Self {
        Self { listen: Vec::new(), chunk_size: 60_000, limits: RtmpLimits::default() }
    }
}

/// What an RTMP peer may cost before it is disconnected (`rtmp { }`, keys of ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtmpLimits {
    /// Bytes in one message (`max_message_size`), at most 16777215.
    pub message_size: usize,
    /// Chunk streams in use at once (`max_chunk_streams`).
    pub chunk_streams: usize,
    /// Nested AMF objects and arrays (`max_amf_depth`).
    pub amf_depth: usize,
    /// Bytes in an AMF command or data message (`max_amf_size`).
    pub amf_size: usize,
    /// From accept to the end of the handshake (`handshake_timeout`).
    pub handshake_timeout: Duration,
    /// From the handshake to `publish`, and between bytes of a connection that does not publish (`idle_timeout`).
    pub idle_timeout: Duration,
}

impl Default for RtmpLimits {
    fn default() -> Self {
        Self {
            message_size: 0xff_ffff,
            chunk_streams: 64,
            amf_depth: 32,
            amf_size: 64 * 1024,
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
        }
    }
}
