//! The handshake, in its simple form (RTMP 1.0 section 5.2) and the digest form that Flash introduced: both peers sign
//! a packet with HMAC-SHA256 and keys that everybody knows. It protects nothing; some encoders insist on it.

mod client;
mod digest;
mod foreign;
mod random;
mod server;

pub use client::ClientHandshake;
pub use foreign::Foreign;
pub use server::ServerHandshake;

use super::Error;

/// The version in C0 and S0.
const VERSION: u8 = 3;

/// Length of C1, C2, S1 and S2 in bytes.
const PACKET_LEN: usize = 1536;

/// What one call of `handle_input` came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many bytes of the input belonged to the handshake.
    pub used: usize,
    /// Whether it is over: what follows are chunks.
    pub done: bool,
}

/// Gathers C0 and C1, or S0 and S1, from any slicing.
#[derive(Debug, Default)]
struct Gather(Vec<u8>);

impl Gather {
    /// Takes from `input` up to the end of the version byte and packet; the packet once it is whole.
    fn take(&mut self, input: &mut &[u8]) -> Result<Option<&[u8; PACKET_LEN]>, Error> {
        let missing = 1 + PACKET_LEN - self.0.len();
        let (now, rest) = input.split_at(missing.min(input.len()));
        self.0.extend_from_slice(now);
        *input = rest;
        match self.0.split_first() {
            Some((&version, _)) if version != VERSION => {
                Err(Foreign::detect(&self.0).map_or(Error::Version(version), Error::Foreign))
            }
            Some((_, packet)) => Ok(packet.try_into().ok()),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
