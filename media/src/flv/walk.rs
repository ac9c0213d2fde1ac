use super::demuxer::parse_file_header;
use super::{AudioPacket, FileHeader, PREVIOUS_TAG_SIZE_LEN, TAG_HEADER_LEN, TagKind, TagType, VideoPacket};
use crate::{Error, Result};

/// How many bytes of a tag, from its start, [`Walk::look`] wants to see: its head, and what tells a keyframe.
pub const LOOK_LEN: usize = 64;

/// How the body of an `onMetaData` tag begins: an AMF0 string of ten characters.
const METADATA_START: &[u8] = b"\x02\x00\x0aonMetaData";

/// A tag's place in a file, from its type byte to the end of its body, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where the type byte is.
    pub position: u64,
    /// Header and body, without `PreviousTagSize`.
    pub len: u64,
}

/// The tags that a decoder must have seen before it can go on at some place of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InForce {
    /// `onMetaData`.
    pub metadata: Option<Span>,
    /// The video decoder's configuration.
    pub video: Option<Span>,
    /// Colour information (E-RTMP video `Metadata`).
    pub colour: Option<Span>,
    /// The audio decoder's configuration.
    pub audio: Option<Span>,
    /// The channel layout (E-RTMP `MultichannelConfig`).
    pub channels: Option<Span>,
}

impl InForce {
    /// All that there are, in the order in which a player should get them.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        [self.metadata, self.video, self.colour, self.audio, self.channels].into_iter().flatten()
    }

    /// Notes a tag at `span`; returns whether it is one that a decoder must have seen.
    fn note(&mut self, kind: &TagKind, body: &[u8], span: Span) -> bool {
        let place = match kind {
            TagKind::Script if body.starts_with(METADATA_START) => &mut self.metadata,
            TagKind::Video(header) => match header.packet {
                VideoPacket::SequenceHeader | VideoPacket::Mpeg2TsSequenceStart => &mut self.video,
                VideoPacket::Metadata => &mut self.colour,
                _ => return false,
            },
            TagKind::Audio(header) => match header.packet {
                AudioPacket::SequenceHeader => &mut self.audio,
                AudioPacket::MultichannelConfig => &mut self.channels,
                _ => return false,
            },
            TagKind::Script => return false,
        };
        *place = Some(span);
        true
    }
}

/// A tag at which playing can begin: a keyframe, or any audio frame as long as there has been no video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the tag's type byte is, in bytes.
    pub position: u64,
    /// The tag's timestamp, in milliseconds.
    pub timestamp: u32,
    /// Whether it is video.
    pub is_video: bool,
    /// What must be sent before it.
    pub in_force: InForce,
}

/// A walk over the tags of a file, that sees the first [`LOOK_LEN`] bytes of each and passes over the rest.
#[derive(Clone, Debug)]
pub struct Walk {
    file_len: u64,
    /// `None` when the walk is over.
    position: Option<u64>,
    header: Option<FileHeader>,
    in_force: InForce,
    has_video: bool,
    first_timestamp: Option<u32>,
    last_timestamp: u32,
}

impl Walk {
    /// A walk from the start of a file of `file_len` bytes.
    #[must_use]
    pub fn new(file_len: u64) -> Self {
        Self {
            file_len,
            position: Some(0),
            header: None,
            in_force: InForce::default(),
            has_video: false,
            first_timestamp: None,
            last_timestamp: 0,
        }
    }

    /// The same file's walk, from `entry` on.
    #[must_use]
    pub const fn again_from(&self, entry: &Entry) -> Self {
        Self {
            file_len: self.file_len,
            position: Some(entry.position),
            header: self.header,
            in_force: entry.in_force,
            has_video: entry.is_video,
            first_timestamp: self.first_timestamp,
            last_timestamp: entry.timestamp,
        }
    }

    /// The same file's walk, from `position` on, where a video tag is said to be; nothing is known of what lies between.
    #[must_use]
    pub const fn jump(&self, position: u64) -> Self {
        Self {
            file_len: self.file_len,
            position: Some(position),
            header: self.header,
            in_force: self.in_force,
            has_video: true,
            first_timestamp: self.first_timestamp,
            last_timestamp: self.last_timestamp,
        }
    }

    /// Where in the file the bytes are that [`look`](Self::look) wants next; `None` when the walk is over.
    #[must_use]
    pub const fn position(&self) -> Option<u64> {
        self.position
    }

    /// The file header, once it has been seen.
    #[must_use]
    pub const fn header(&self) -> Option<FileHeader> {
        self.header
    }

    /// What is in force where the walk is.
    #[must_use]
    pub const fn in_force(&self) -> &InForce {
        &self.in_force
    }

    /// The first audio or video frame's timestamp, in milliseconds.
    #[must_use]
    pub const fn first_timestamp(&self) -> Option<u32> {
        self.first_timestamp
    }

    /// The largest timestamp of a frame so far, in milliseconds.
    #[must_use]
    pub const fn last_timestamp(&self) -> u32 {
        self.last_timestamp
    }

    /// Takes the bytes at [`position`](Self::position), at least [`LOOK_LEN`] of them or all that the file still has,
    /// and goes on to the next tag. The walk ends at the end of the file, and at a tag that is cut short by it.
    ///
    /// # Errors
    /// When the bytes are no FLV; the walk is over then.
    pub fn look(&mut self, bytes: &[u8]) -> Result<Option<Entry>> {
        let Some(position) = self.position.take() else { return Ok(None) };
        if self.header.is_none() {
            let (header, length) = parse_file_header(bytes)?;
            self.header = Some(header);
            self.go_to(length as u64 + PREVIOUS_TAG_SIZE_LEN as u64);
            return Ok(None);
        }
        let Some((head, body)) = bytes.split_at_checked(TAG_HEADER_LEN) else { return Ok(None) };
        // As the demuxer: bits 6 and 7 are reserved, bit 5 says encrypted.
        if head[0] & 0xe0 != 0 || head[0] == 0 {
            let got = head[0].into();
            return Err(Error::Invalid { what: "FLV tag type", expected: "8, 9 or 18", got });
        }
        let body_len = u32::from_be_bytes([0, head[1], head[2], head[3]]);
        let span = Span { position, len: TAG_HEADER_LEN as u64 + u64::from(body_len) };
        if self.file_len - position.min(self.file_len) < span.len {
            return Ok(None);
        }
        self.go_to(position + span.len + PREVIOUS_TAG_SIZE_LEN as u64);
        let body = &body[..body.len().min(body_len as usize)];
        let timestamp = u32::from_be_bytes([head[7], head[4], head[5], head[6]]);
        Ok(self.note(head[0], timestamp, body, span))
    }

    const fn go_to(&mut self, position: u64) {
        self.position = if position < self.file_len { Some(position) } else { None };
    }

    fn note(&mut self, tag_type: u8, timestamp: u32, body: &[u8], span: Span) -> Option<Entry> {
        // What no player understands is passed over, as players do.
        let kind = TagKind::parse(TagType::from_id(tag_type).ok()?, body).ok()?;
        self.has_video |= matches!(kind, TagKind::Video(_));
        if self.in_force.note(&kind, body, span) {
            return None;
        }
        let is_entry = match &kind {
            TagKind::Audio(header) if header.packet == AudioPacket::Frame => !self.has_video,
            TagKind::Video(header) if header.packet == VideoPacket::Frame => kind.is_keyframe(),
            _ => return None,
        };
        self.first_timestamp.get_or_insert(timestamp);
        self.last_timestamp = self.last_timestamp.max(timestamp);
        is_entry.then_some(Entry {
            position: span.position,
            timestamp,
            is_video: self.has_video,
            in_force: self.in_force,
        })
    }
}
