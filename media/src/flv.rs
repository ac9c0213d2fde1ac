//! FLV: tags and their facts, demuxer, muxer.
//!
//! Specifications: Adobe Flash Video File Format 10.1, Annex E ("FLV spec"); Enhanced RTMP v2 ("E-RTMP").

mod audio;
mod demuxer;
mod muxer;
mod script;
mod tag;
mod video;

pub use audio::{AudioHeader, AudioPacket};
pub use demuxer::{Demuxer, Event, FileHeader, TagRef};
pub use muxer::{PREVIOUS_TAG_SIZE_LEN, TAG_HEADER_LEN, file_header, write_tag};
pub use script::{Metadata, ScriptData};
pub use tag::{Tag, TagKind, TagType};
pub use video::{FrameType, VideoHeader, VideoPacket};
