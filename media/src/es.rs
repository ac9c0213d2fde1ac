//! Elementary streams: access units as they stand in MPEG's own containers, where no sequence header goes before them.

mod adts;
mod mpeg_audio;

pub use adts::Adts;
pub use mpeg_audio::MpegAudio;
