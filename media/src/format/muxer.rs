use bytes::Bytes;

use super::Format;
use crate::flv::{Tag, TagType, write_tag};

/// Ready bytes of a stream in one format, and what they are to a viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Muxed {
    /// What is sent as it is.
    pub bytes: Bytes,
    /// Milliseconds on the stream's timeline.
    pub timestamp: u64,
    /// What it is to a viewer who cannot take everything.
    pub content: Content,
    /// Whether a viewer who has had nothing before can start here. In FLV it needs the setup before it.
    pub random_access: bool,
    /// What a viewer who skips to here must get before it: in a transport stream, packets that announce the
    /// discontinuity. Empty where nothing is needed.
    pub resync: Bytes,
}

/// What muxed bytes are to a viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Audio that needs nothing before it but the setup.
    Audio,
    /// A video keyframe.
    Keyframe,
    /// Any other video, which needs what came before it.
    Video,
    /// Decoder configuration of the track, or metadata, in a form of its own.
    Setup(TagType),
}

/// Turns a stream's tags into one format, once for all viewers.
#[derive(Debug)]
pub struct Muxer {
    format: Format,
}

impl Muxer {
    /// A muxer that has seen nothing.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self { format }
    }

    /// Takes the stream's next tag, and appends what is ready to `out`: nothing, one piece or several.
    ///
    /// Tags that the format cannot carry are left out.
    pub fn push(&mut self, tag: &Tag, out: &mut Vec<Muxed>) {
        match self.format {
            Format::Flv => out.push(flv(tag)),
            Format::Ts | Format::Mp3 | Format::Aac => {}
        }
    }

    /// Appends what is held back, because no tag may come for a while.
    pub fn flush(&mut self, _out: &mut Vec<Muxed>) {}
}

fn flv(tag: &Tag) -> Muxed {
    let mut bytes = Vec::new();
    write_tag(&mut bytes, tag);
    let content = match tag.tag_type() {
        TagType::Script => Content::Setup(TagType::Script),
        track if tag.is_sequence_header() => Content::Setup(track),
        TagType::Audio => Content::Audio,
        TagType::Video if tag.is_keyframe() => Content::Keyframe,
        TagType::Video => Content::Video,
    };
    Muxed {
        bytes: bytes.into(),
        timestamp: tag.timestamp,
        content,
        random_access: content == Content::Keyframe,
        resync: Bytes::new(),
    }
}
