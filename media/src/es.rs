//! Elementary streams: access units as they stand in MPEG's own containers, where no sequence header goes before them.

mod adts;
mod annex_b;
mod mpeg_audio;

pub use adts::Adts;
pub use annex_b::AnnexB;
pub use mpeg_audio::MpegAudio;
