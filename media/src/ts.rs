//! MPEG transport streams (ITU-T H.222.0 | ISO/IEC 13818-1, "13818-1"): a muxer for one program of one video and one audio
//! track.
//!
//! ```text
//!   access unit -> PES packet (pes) -> transport packets (packet) <- PAT, PMT (psi), PCR (clock)
//!                                 program: which packets when; muxer: tags in, groups of packets out
//! ```

mod clock;
mod muxer;
mod packet;
mod pes;
mod program;
mod psi;

pub use muxer::TsMuxer;
pub use packet::PACKET_LEN;
