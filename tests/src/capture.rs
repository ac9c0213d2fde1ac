//! What a viewer got, taken apart.

use flvgate_media::flv::{Demuxer, Event, FileHeader, TagKind, TagType};

/// The facts of a captured FLV stream.
#[derive(Debug, Default)]
pub struct Capture {
    /// The file header, once it has come.
    pub header: Option<FileHeader>,
    /// Every tag, in order.
    pub tags: Vec<CapturedTag>,
}

/// One tag's facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedTag {
    /// Audio, video or script.
    pub tag_type: TagType,
    /// Milliseconds.
    pub timestamp: u32,
    /// The facts of its header.
    pub kind: TagKind,
    /// The body.
    pub body: Vec<u8>,
}

impl Capture {
    /// Takes `bytes`, an FLV stream from its start, apart.
    ///
    /// # Panics
    /// When it is not FLV.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut capture = Self::default();
        Demuxer::new().push(bytes, |event| capture.note(event)).expect("what viewers get is FLV");
        capture
    }

    /// Notes one event of a demuxer.
    ///
    /// # Panics
    /// When a tag's header is not legal.
    pub fn note(&mut self, event: Event<'_>) {
        match event {
            Event::Header(header) => self.header = Some(header),
            Event::Tag(tag) => self.tags.push(CapturedTag {
                tag_type: tag.tag_type,
                timestamp: tag.timestamp,
                kind: TagKind::parse(tag.tag_type, tag.body).expect("what viewers get is legal"),
                body: tag.body.to_vec(),
            }),
        }
    }

    /// The tags of one type that are frames, not configuration.
    pub fn frames(&self, tag_type: TagType) -> impl Iterator<Item = &CapturedTag> {
        self.tags.iter().filter(move |tag| tag.tag_type == tag_type && !tag.kind.is_sequence_header())
    }
}
