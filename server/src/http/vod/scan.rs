//! Where in an FLV file to begin, and what to send before: reads the heads of tags, and nothing that lies between.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

use bytes::Bytes;
use flvgate_media::Error;
use flvgate_media::amf0::Limits;
use flvgate_media::flv::{
    Entry, Index, KeyframeList, LOOK_LEN, Span, Start, TAG_HEADER_LEN, Tag, TagType, Walk, file_header,
    metadata_of_part, write_tag,
};

/// How much is read at a time, in bytes: enough for some audio tags in a row, little beside a video frame.
const WINDOW_LEN: usize = 1024;

/// A larger tag is no decoder's configuration; what `onMetaData` costs is bounded by it too. In bytes.
const MAX_HEADER_LEN: u64 = 1024 * 1024;

const SCRIPT_LIMITS: Limits = Limits { depth: 32, size: MAX_HEADER_LEN as usize };

/// How often to look at the clock, in tags.
const TAGS_PER_GLANCE: u32 = 256;

/// How far behind the last tag the end of a recording may be, in milliseconds: the last frame lasts, and players round.
const TAIL: u64 = 1000;

/// How long one look through a file may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Before the file's own list of keyframes is believed, if it has one; `None` when it is too early for that.
    pub(super) before_list: Option<Duration>,
    /// Before it ends; the next one goes on from there.
    pub(super) before_refusal: Duration,
}

/// What to send.
#[derive(Debug, PartialEq)]
pub(super) enum Plan {
    /// The file as it is.
    Whole,
    /// What a player needs, then the file from a byte on.
    Part { prefix: Bytes, from: u64 },
}

/// Why a file cannot be had from some place on.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScanError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the file is not FLV ({0}): it can be had without start only")]
    NotFlv(Error),
    #[error("start is behind the end of the file")]
    BehindEnd,
    #[error("the file is long, and is being looked through; try again")]
    NotYet,
}

/// Where `start` is in `file`, of which `index` knows some already and then knows more.
pub(super) fn plan(
    file: &mut File,
    index: &mut Index,
    start: Start,
    patience: Patience,
) -> Result<Plan, ScanError> {
    let mut window = Window::new(file);
    let found = match extend(&mut window, index, start, patience)? {
        Some(entry) => Some(entry),
        None => search(&mut window, index, start)?,
    };
    let Some(entry) = found else { return Ok(Plan::Whole) };
    Ok(Plan::Part { prefix: prefix(&mut window, index.walk(), &entry)?, from: entry.position })
}

/// Looks through the file until the index covers `start`. An entry is what the file's own list of keyframes has led to,
/// when that took too long.
fn extend(
    window: &mut Window<'_>,
    index: &mut Index,
    start: Start,
    patience: Patience,
) -> Result<Option<Entry>, ScanError> {
    let began = Instant::now();
    let mut tags: u32 = 0;
    let mut list_tried = false;
    while !index.covers(start) {
        let Some(position) = index.position() else { break };
        index.look(window.at(position)?);
        tags = tags.wrapping_add(1);
        if !tags.is_multiple_of(TAGS_PER_GLANCE) {
            continue;
        }
        let elapsed = began.elapsed();
        if patience.before_list.is_some_and(|wait| elapsed >= wait) && !list_tried {
            list_tried = true;
            if let Some(entry) = listed(window, index.walk(), start)? {
                return Ok(Some(entry));
            }
        }
        if elapsed >= patience.before_refusal {
            return Err(ScanError::NotYet);
        }
    }
    let walk = index.walk();
    if let (None, Some(damage)) = (walk.header(), index.damage()) {
        return Err(ScanError::NotFlv(damage));
    }
    if let (Start::Time(time), None, Some(first)) = (start, index.position(), walk.first_timestamp())
        && time > TAIL + u64::from(walk.last_timestamp() - first.min(walk.last_timestamp()))
        && index.damage().is_none()
    {
        return Err(ScanError::BehindEnd);
    }
    Ok(None)
}

/// The last entry at or before `start`; `None` when the whole file is behind it.
fn search(window: &mut Window<'_>, index: &Index, start: Start) -> Result<Option<Entry>, ScanError> {
    let Some(mut search) = index.search(start) else { return Ok(None) };
    while let Some(position) = search.position() {
        // Where the file is damaged the search ends with what it has.
        if !search.look(window.at(position)?).unwrap_or(false) {
            break;
        }
    }
    Ok(Some(*search.found()))
}

/// The keyframe that the file's own list has for `start`, when there really is one, and a tag behind it.
fn listed(window: &mut Window<'_>, walk: &Walk, start: Start) -> Result<Option<Entry>, ScanError> {
    let Some(metadata) = walk.in_force().metadata else { return Ok(None) };
    let Some(body) = window.body(metadata)? else { return Ok(None) };
    let Some(position) = KeyframeList::parse(&body, SCRIPT_LIMITS).find(start) else { return Ok(None) };
    let mut from_there = walk.jump(position);
    let Ok(Some(entry)) = from_there.look(window.at(position)?) else { return Ok(None) };
    let next_is_tag = match from_there.position() {
        Some(position) => from_there.look(window.at(position)?).is_ok(),
        None => true,
    };
    Ok(Some(entry).filter(|entry| next_is_tag && entry.is_video))
}

/// The file header and the tags that a player must have before `entry`, decoders' ones at its time.
fn prefix(window: &mut Window<'_>, walk: &Walk, entry: &Entry) -> Result<Bytes, ScanError> {
    let in_force = &entry.in_force;
    let has_audio = walk.header().is_some_and(|header| header.has_audio) || in_force.audio.is_some();
    let has_video = walk.header().is_some_and(|header| header.has_video) || entry.is_video;
    let mut prefix = file_header(has_audio, has_video).to_vec();
    for span in in_force.spans() {
        let Some(mut body) = window.body(span)? else { continue };
        let Ok(tag_type) = TagType::from_id(window.at(span.position)?.first().copied().unwrap_or(0)) else {
            continue;
        };
        let mut timestamp = entry.timestamp.into();
        if tag_type == TagType::Script {
            let Some(part) = metadata_of_part(&body, SCRIPT_LIMITS) else { continue };
            body = part;
            // ffmpeg takes metadata of another time for a track of text.
            timestamp = 0;
        }
        if let Ok(tag) = Tag::parse(tag_type, timestamp, body.into()) {
            write_tag(&mut prefix, &tag);
        }
    }
    Ok(prefix.into())
}

/// A file, and a little of it in memory.
struct Window<'a> {
    file: &'a mut File,
    bytes: Vec<u8>,
    /// Where in the file `bytes` begin.
    position: u64,
}

impl<'a> Window<'a> {
    fn new(file: &'a mut File) -> Self {
        Self { file, bytes: Vec::with_capacity(WINDOW_LEN), position: 0 }
    }

    /// The bytes at `position`: at least [`LOOK_LEN`], or all that the file has.
    fn at(&mut self, position: u64) -> io::Result<&[u8]> {
        let offset = position.checked_sub(self.position).and_then(|offset| usize::try_from(offset).ok());
        let known = offset.filter(|offset| offset.saturating_add(LOOK_LEN) <= self.bytes.len());
        let offset = match known {
            Some(offset) => offset,
            None => {
                self.read(position, WINDOW_LEN as u64)?;
                0
            }
        };
        Ok(&self.bytes[offset..])
    }

    /// The body of the tag at `span`; `None` when it is too long to be held, or the file has lost it.
    fn body(&mut self, span: Span) -> io::Result<Option<Vec<u8>>> {
        if span.len > MAX_HEADER_LEN {
            return Ok(None);
        }
        self.read(span.position, span.len)?;
        let is_whole = self.bytes.len() as u64 == span.len;
        Ok(is_whole.then(|| self.bytes.split_off(TAG_HEADER_LEN)))
    }

    fn read(&mut self, position: u64, len: u64) -> io::Result<()> {
        self.bytes.clear();
        self.position = position;
        self.file.seek(SeekFrom::Start(position))?;
        self.file.by_ref().take(len).read_to_end(&mut self.bytes)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
