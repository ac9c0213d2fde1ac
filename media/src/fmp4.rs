//! Fragmented MP4 for Media Source Extensions: one track per stream, one sample per fragment.
//!
//! Specifications: ISO/IEC 14496-12 (the base format), 14496-14 (MPEG-4 audio in it), 14496-15 (H.264 in it);
//! "ISO BMFF Byte Stream Format" (W3C) for what browsers take.
//!
//! `mvhd`, `tkhd` and `mdhd` always say duration 0: browsers then treat the stream as live, and show a frame as soon as
//! it is decoded, where a known duration makes them queue some first.

mod boxes;
mod fragment;
mod init_segment;
mod recording;

pub use fragment::{Fragment, write_fragment};
pub use init_segment::{InitSegment, SampleEntry, write_init_segment};
pub use recording::{join_init_segments, move_fragment, timescale};

/// Ticks per second of a video track.
///
/// A millisecond, FLV's unit, is 90 ticks, so every timestamp stays exact; 90 kHz is also the clock of MPEG and RTP, in
/// which the usual frame rates (24, 25, 30, 50, 60, and 30000/1001) have a whole duration, so that finer clocks can come in later.
pub const VIDEO_TIMESCALE: u32 = 90_000;
