use alloc::vec::Vec;

use super::resync::{Look, Resync};
use super::{PREVIOUS_TAG_SIZE_LEN, TAG_HEADER_LEN, TagType};
use crate::{Error, Result};

/// The file header's length in version 1 of FLV, in bytes (FLV spec E.2).
const FILE_HEADER_LEN: usize = 9;

/// A header that claims more than this many bytes is not FLV; real ones claim 9.
const MAX_FILE_HEADER_LEN: usize = 1024;

/// Takes an FLV byte stream apart, in any slicing: one byte at a time or many tags at once.
///
/// It keeps a partial tag only. A tag that lies whole in the pushed slice is lent from there, without a copy.
#[derive(Debug, Default)]
pub struct Demuxer {
    state: State,
    /// The start of a structure whose end has not come yet.
    partial: Vec<u8>,
    max_tag_size: Option<usize>,
    position: u64,
    resync: Option<Resync>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    FileHeader,
    /// Bytes between the file header's 9 known bytes and `PreviousTagSize0`, that many still to skip.
    HeaderRest(usize),
    Tag,
}

/// The FLV file header (FLV spec E.2). Its flags are a hint: servers often get them wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// `TypeFlagsAudio`.
    pub has_audio: bool,
    /// `TypeFlagsVideo`.
    pub has_video: bool,
}

/// A tag that lives in the pushed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagRef<'a> {
    /// The type byte's meaning.
    pub tag_type: TagType,
    /// Milliseconds; wraps at 2^32.
    pub timestamp: u32,
    /// The body, from the audio or video header byte on.
    pub body: &'a [u8],
    /// Bytes right before it that belong to no tag; always 0 without [`Demuxer::with_resync`].
    pub skipped: u64,
}

/// What a demuxer finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Once, first.
    Header(FileHeader),
    /// Each tag of type 8, 9 or 18; tags of other types are passed over.
    Tag(TagRef<'a>),
}

impl Demuxer {
    /// A demuxer at the start of a stream, that accepts tags of any size FLV has (16 MiB).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses tags whose body is larger than `bytes`.
    #[must_use]
    pub const fn with_max_tag_size(mut self, bytes: usize) -> Self {
        self.max_tag_size = Some(bytes);
        self
    }

    /// Takes what is no tag, or is cut short, for damage: looks for the next tag behind it, and says so in
    /// [`TagRef::skipped`]. Only when there is none in 4 MiB is the stream of no more use.
    #[must_use]
    pub fn with_resync(mut self) -> Self {
        self.resync = Some(Resync::default());
        self
    }

    /// Forgets everything: the next byte is a file header's first.
    pub fn reset(&mut self) {
        self.resync = self.resync.map(|_| Resync::default());
        self.state = State::FileHeader;
        self.partial.clear();
        self.position = 0;
    }

    /// Forgets what has come in part: the next byte is the one at [`position`](Self::position), of which 0 is the file
    /// header's.
    pub fn resume(&mut self) {
        match self.state {
            State::Tag => self.resume_at(self.position),
            _ => self.reset(),
        }
    }

    /// Forgets everything: the next byte is a tag's first, `position` bytes into the file.
    pub fn resume_at(&mut self, position: u64) {
        self.reset();
        self.state = State::Tag;
        self.position = position;
    }

    /// Takes what has come in part for damage, because nothing more will come, and hands over the tags behind it. Only with
    /// [`with_resync`](Self::with_resync); what is cut short is then no error.
    pub fn finish(&mut self, mut on_event: impl FnMut(Event<'_>)) {
        let partial = core::mem::take(&mut self.partial);
        let mut at = 0;
        while at < partial.len() {
            if !matches!(self.state, State::Tag) {
                return;
            }
            let Some(resync) = &mut self.resync else { return };
            resync.note_skipped(1);
            at += 1;
            self.position += 1;
            let before = self.position;
            match self.take(&partial[at..], &mut on_event) {
                Ok(used) => at += used,
                Err(_) => {
                    at += usize::try_from(self.position - before).unwrap_or(partial.len());
                    self.look_further();
                }
            }
        }
    }

    /// Goes on behind an error of [`push`](Self::push): the next byte is the one at [`position`](Self::position), and
    /// nothing is tag for longer than is allowed else. Only with [`with_resync`](Self::with_resync).
    pub fn look_further(&mut self) {
        self.partial.clear();
        if let Some(resync) = &mut self.resync {
            resync.look_further();
        }
    }

    /// Whether the file header has come, and tags are what is expected.
    #[must_use]
    pub const fn is_in_tags(&self) -> bool {
        matches!(self.state, State::Tag)
    }

    /// Where in the stream the structure begins that is read now, in bytes; after an error, the one that is wrong.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Takes the next bytes of the stream and hands over what they complete, in order.
    ///
    /// # Errors
    /// When the bytes are not FLV. The demuxer must then be [reset](Self::reset) before it is used again.
    pub fn push(&mut self, mut input: &[u8], mut on_event: impl FnMut(Event<'_>)) -> Result<()> {
        // Finish the structure that an earlier push began, byte for byte up to what it needs.
        while !self.partial.is_empty() && !input.is_empty() {
            let needed = if let Look::Need(needed) = self.look(&self.partial)? { needed } else { 0 };
            let missing = needed.saturating_sub(self.partial.len());
            let (now, rest) = input.split_at(missing.min(input.len()));
            self.partial.extend_from_slice(now);
            input = rest;
            let partial = core::mem::take(&mut self.partial);
            let used = self.take(&partial, &mut on_event)?;
            self.partial = partial;
            self.partial.drain(..used);
        }
        if !input.is_empty() {
            let used = self.take(input, &mut on_event)?;
            self.partial.extend_from_slice(&input[used..]);
        }
        Ok(())
    }

    /// Consumes every whole structure at the start of `input`; returns how many bytes that was.
    fn take(&mut self, input: &[u8], on_event: &mut impl FnMut(Event<'_>)) -> Result<usize> {
        let mut at = 0;
        while at < input.len() {
            let rest = &input[at..];
            if let State::HeaderRest(skip) = self.state {
                let now = skip.min(rest.len());
                self.state = if now == skip { State::Tag } else { State::HeaderRest(skip - now) };
                at += now;
                self.position += now as u64;
                continue;
            }
            let needed = match self.look(rest)? {
                Look::Need(needed) if rest.len() < needed => break,
                Look::Need(needed) => needed,
                Look::Skip(count) => {
                    self.resync.iter_mut().for_each(|resync| resync.note_skipped(count));
                    at += count;
                    self.position += count as u64;
                    continue;
                }
            };
            match self.state {
                State::FileHeader => {
                    let (header, length) = parse_file_header(rest)?;
                    on_event(Event::Header(header));
                    self.state = State::HeaderRest(length - FILE_HEADER_LEN + PREVIOUS_TAG_SIZE_LEN);
                }
                State::HeaderRest(_) => {}
                State::Tag => {
                    let skipped = self.resync.as_mut().map_or(0, |resync| resync.note_tag(&rest[..needed]));
                    if let Some(tag) = parse_tag(&rest[..needed - PREVIOUS_TAG_SIZE_LEN]) {
                        on_event(Event::Tag(TagRef { skipped, ..tag }));
                    }
                }
            }
            at += needed;
            self.position += needed as u64;
        }
        Ok(at)
    }

    /// What the start of `bytes` is.
    fn look(&self, bytes: &[u8]) -> Result<Look> {
        match (&self.resync, self.state) {
            (Some(resync), State::Tag) => resync.look(bytes, self.max_tag_size.unwrap_or(usize::MAX)),
            _ => self.needed(bytes).map(Look::Need),
        }
    }

    /// How many bytes the structure at the start of `bytes` needs, as far as `bytes` tells.
    fn needed(&self, bytes: &[u8]) -> Result<usize> {
        match self.state {
            State::FileHeader => Ok(FILE_HEADER_LEN),
            State::HeaderRest(skip) => Ok(skip),
            State::Tag => {
                let &[tag_type, s2, s1, s0, ..] = bytes else { return Ok(TAG_HEADER_LEN) };
                // Bits 6 and 7 are reserved, bit 5 says encrypted: none is ever set in a live stream.
                if tag_type & 0xe0 != 0 || tag_type == 0 {
                    return Err(Error::Invalid {
                        what: "FLV tag type",
                        expected: "8, 9 or 18",
                        got: tag_type.into(),
                    });
                }
                let size = u32::from_be_bytes([0, s2, s1, s0]) as usize;
                match self.max_tag_size {
                    Some(limit) if size > limit => {
                        Err(Error::TooLarge { what: "FLV tag body in bytes", limit, got: size })
                    }
                    _ => Ok(TAG_HEADER_LEN + size + PREVIOUS_TAG_SIZE_LEN),
                }
            }
        }
    }
}

pub(super) fn parse_file_header(bytes: &[u8]) -> Result<(FileHeader, usize)> {
    let &[f, l, v, _version, flags, o3, o2, o1, o0, ..] = bytes else {
        return Err(Error::Truncated { what: "FLV header", expected: FILE_HEADER_LEN, got: bytes.len() });
    };
    if [f, l, v] != *b"FLV" {
        return Err(Error::Invalid {
            what: "FLV signature",
            expected: "0x464c56 (\"FLV\")",
            got: u32::from_be_bytes([0, f, l, v]).into(),
        });
    }
    let length = u32::from_be_bytes([o3, o2, o1, o0]) as usize;
    if !(FILE_HEADER_LEN..=MAX_FILE_HEADER_LEN).contains(&length) {
        return Err(Error::Invalid { what: "FLV DataOffset", expected: "9 to 1024", got: length as u64 });
    }
    Ok((FileHeader { has_audio: flags & 4 != 0, has_video: flags & 1 != 0 }, length))
}

/// `bytes` is a tag's header and body, whole.
fn parse_tag(bytes: &[u8]) -> Option<TagRef<'_>> {
    let (header, body) = bytes.split_at_checked(TAG_HEADER_LEN)?;
    let tag_type = TagType::from_id(header[0]).ok()?;
    let timestamp = u32::from_be_bytes([header[7], header[4], header[5], header[6]]);
    Some(TagRef { tag_type, timestamp, body, skipped: 0 })
}

#[cfg(test)]
mod tests {
    use super::super::{Tag, file_header, write_tag};
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    #[derive(Debug, PartialEq)]
    enum Owned {
        Header(FileHeader),
        Tag(TagType, u32, Vec<u8>),
    }

    fn demux(slices: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<Vec<Owned>> {
        let mut demuxer = Demuxer::new();
        let mut found = Vec::new();
        for slice in slices {
            demuxer.push(slice.as_ref(), |event| {
                found.push(match event {
                    Event::Header(header) => Owned::Header(header),
                    Event::Tag(tag) => Owned::Tag(tag.tag_type, tag.timestamp, tag.body.to_vec()),
                });
            })?;
        }
        Ok(found)
    }

    fn stream(tags: &[(TagType, u32, Vec<u8>)]) -> Vec<u8> {
        let mut out = file_header(true, true).to_vec();
        for (tag_type, timestamp, body) in tags {
            let tag = Tag::parse(*tag_type, (*timestamp).into(), Bytes::from(body.clone())).unwrap();
            write_tag(&mut out, &tag);
        }
        out
    }

    proptest! {
        #[test]
        fn what_is_muxed_comes_out_in_any_slicing(
            tags in prop::collection::vec((0..3u8, any::<u32>(), prop::collection::vec(any::<u8>(), 0..40)), 0..12),
            step in 1..64usize,
        ) {
            let tags: Vec<_> = tags
                .into_iter()
                .map(|(kind, timestamp, tail)| match kind {
                    0 => (TagType::Audio, timestamp, [vec![0xaf, 1], tail].concat()),
                    1 => (TagType::Video, timestamp, [vec![0x17, 1, 0, 0, 0], tail].concat()),
                    _ => (TagType::Script, timestamp, tail),
                })
                .collect();
            let bytes = stream(&tags);
            let mut expected = vec![Owned::Header(FileHeader { has_audio: true, has_video: true })];
            expected.extend(tags.into_iter().map(|(kind, timestamp, body)| Owned::Tag(kind, timestamp, body)));
            prop_assert_eq!(&demux([&bytes]).unwrap(), &expected);
            prop_assert_eq!(&demux(bytes.chunks(step)).unwrap(), &expected);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), step in 1..9usize) {
            let _ = demux(bytes.chunks(step));
            let mut with_header = file_header(true, false).to_vec();
            with_header.extend_from_slice(&bytes);
            let _ = demux(with_header.chunks(step));
        }
    }

    #[test]
    fn a_longer_file_header_is_skipped() {
        let mut bytes = b"FLV\x01\x05\x00\x00\x00\x0c".to_vec();
        bytes.extend_from_slice(b"xyz\0\0\0\0");
        bytes.extend_from_slice(&stream(&[(TagType::Audio, 7, vec![0xaf, 0])])[13..]);
        assert_eq!(demux([&bytes]).unwrap()[1], Owned::Tag(TagType::Audio, 7, vec![0xaf, 0]));
    }

    #[test]
    fn not_flv_is_an_error_that_says_so() {
        let error = demux([b"HTTP/1.1 404 Not Found\r\n"]).unwrap_err();
        assert_eq!(error.to_string(), "FLV signature: expected 0x464c56 (\"FLV\"), got 4740180");
    }

    #[test]
    fn an_error_is_at_the_structure_that_is_wrong() {
        let mut bytes = stream(&[(TagType::Audio, 7, vec![0xaf, 0])]);
        let end = bytes.len();
        bytes.extend_from_slice(&[0xff; 20]);
        for step in [1, 10, bytes.len()] {
            let mut demuxer = Demuxer::new();
            assert!(bytes.chunks(step).any(|slice| demuxer.push(slice, |_| {}).is_err()));
            assert_eq!(demuxer.position(), end as u64);
        }
    }

    #[test]
    fn a_stream_can_be_entered_at_a_tag() {
        let bytes = stream(&[(TagType::Audio, 7, vec![0xaf, 0]), (TagType::Audio, 8, vec![0xaf, 1, 5])]);
        let mut demuxer = Demuxer::new();
        for (got, position) in [(5, 0), (11, 0), (20, 13), (40, 30)] {
            demuxer.reset();
            demuxer.push(&bytes[..got], |_| {}).unwrap();
            demuxer.resume();
            assert_eq!(demuxer.position(), position);
        }
        demuxer.reset();
        demuxer.resume_at(30);
        let mut timestamps = Vec::new();
        demuxer
            .push(&bytes[30..], |event| {
                if let Event::Tag(tag) = event {
                    timestamps.push(tag.timestamp);
                }
            })
            .unwrap();
        assert_eq!(timestamps, [8]);
        assert_eq!(demuxer.position(), bytes.len() as u64);
    }

    #[test]
    fn a_tag_over_the_limit_is_refused_before_it_is_held() {
        let mut bytes = file_header(true, true).to_vec();
        bytes.extend_from_slice(&[9, 0xff, 0xff, 0xff]);
        let error = Demuxer::new().with_max_tag_size(1 << 20).push(&bytes, |_| {}).unwrap_err();
        assert!(matches!(error, Error::TooLarge { limit: 0x10_0000, .. }));
    }
}
