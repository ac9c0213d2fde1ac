//! FLV: tags and their facts, demuxer, muxer.
//!
//! Specifications: Adobe Flash Video File Format 10.1, Annex E ("FLV spec"); Enhanced RTMP v2 ("E-RTMP").

mod audio;
mod demuxer;
mod file_metadata;
mod index;
mod multitrack;
mod muxer;
mod parameter_sets;
mod resync;
mod script;
mod tag;
mod video;
mod walk;

pub use audio::{AudioHeader, AudioPacket};
pub use demuxer::{Demuxer, Event, FileHeader, TagRef};
pub use file_metadata::{KeyframeList, metadata_of_part};
pub use index::{Index, Search, Start};
pub use multitrack::Multitrack;
pub use muxer::{PREVIOUS_TAG_SIZE_LEN, TAG_HEADER_LEN, file_header, set_timestamp, write_tag};
pub use parameter_sets::with_parameter_sets;
pub use script::{Metadata, ScriptData};
pub use tag::{Tag, TagKind, TagType};
pub use video::{FrameType, VideoHeader, VideoPacket};
pub use walk::{Entry, InForce, LOOK_LEN, Span, Walk};
