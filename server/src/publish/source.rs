use std::collections::VecDeque;
use std::io::SeekFrom;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use flvgate_media::flv::{Demuxer, Event, TagKind, TagRef, TagType, VideoPacket};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tracing::warn;

use super::PublishError;
use super::timeline::Timeline;

/// Bytes read from the file at once; with one tag, that is all of it that is held.
const READ_SIZE: usize = 64 * 1024;

/// An FLV file, tag by tag, once or in rounds.
#[derive(Debug)]
pub(super) struct FlvSource {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    demuxer: Demuxer,
    rounds: Rounds,
}

/// One tag to send.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourceTag {
    pub(super) tag_type: TagType,
    /// Milliseconds, of a clock that never wraps.
    pub(super) timestamp: u64,
    pub(super) payload: Bytes,
}

/// Which tags of each round are sent, and when.
#[derive(Debug)]
struct Rounds {
    looped: bool,
    /// Whether this is not the first round.
    repeated: bool,
    /// Whether this round has had audio or video.
    media: bool,
    timeline: Timeline,
    audio_header: Option<Bytes>,
    video_header: Option<Bytes>,
    ready: VecDeque<SourceTag>,
}

impl FlvSource {
    pub(super) async fn open(path: &Path, looped: bool, start: u64) -> Result<Self, PublishError> {
        let read = |source| PublishError::Read { file: path.to_owned(), source };
        let file = File::open(path).await.map_err(read)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            buffer: vec![0; READ_SIZE],
            demuxer: Demuxer::new().with_resync(),
            rounds: Rounds::new(looped, start),
        })
    }

    /// The next tag; `None` at the end of a file that is not looped.
    pub(super) async fn next(&mut self) -> Result<Option<SourceTag>, PublishError> {
        loop {
            if let Some(tag) = self.rounds.ready.pop_front() {
                return Ok(Some(tag));
            }
            let size = self.file.read(&mut self.buffer).await.map_err(|source| self.read_error(source))?;
            if size > 0 {
                self.demux(size).await?;
                continue;
            }
            // A tag that the file cuts short is what a recorder leaves that was killed: it is left out. Or its length is
            // wrong, and there are others behind it.
            let rounds = &mut self.rounds;
            self.demuxer.finish(|event| rounds.note(event));
            if !self.rounds.ready.is_empty() {
                continue;
            }
            if !self.rounds.media {
                return Err(PublishError::NoMedia { file: self.path.clone() });
            }
            if !self.rounds.looped {
                return Ok(None);
            }
            self.rounds.restart();
            self.demuxer.reset();
            self.file.seek(SeekFrom::Start(0)).await.map_err(|source| self.read_error(source))?;
        }
    }

    async fn demux(&mut self, size: usize) -> Result<(), PublishError> {
        let rounds = &mut self.rounds;
        let Err(source) = self.demuxer.push(&self.buffer[..size], |event| rounds.note(event)) else {
            return Ok(());
        };
        let offset = self.demuxer.position();
        if !self.demuxer.is_in_tags() {
            return Err(PublishError::NotFlv { file: self.path.clone(), offset, source });
        }
        // A long piece is damaged. What is behind it is wanted all the same.
        self.demuxer.look_further();
        self.file.seek(SeekFrom::Start(offset)).await.map_err(|source| self.read_error(source))?;
        Ok(())
    }

    fn read_error(&self, source: std::io::Error) -> PublishError {
        PublishError::Read { file: self.path.clone(), source }
    }
}

impl Rounds {
    const fn new(looped: bool, start: u64) -> Self {
        Self {
            looped,
            repeated: false,
            media: false,
            timeline: Timeline::new(start),
            audio_header: None,
            video_header: None,
            ready: VecDeque::new(),
        }
    }

    fn note(&mut self, event: Event<'_>) {
        if let Event::Tag(tag) = event {
            self.take(tag);
        }
    }

    fn take(&mut self, tag: TagRef<'_>) {
        if tag.skipped > 0 {
            warn!(bytes = tag.skipped, timestamp = tag.timestamp, "the file is damaged; going on behind it");
        }
        // Bodies without a header in them say nothing.
        let Ok(kind) = TagKind::parse(tag.tag_type, tag.body) else { return };
        self.media |= tag.tag_type != TagType::Script;
        let timestamp = self.timeline.time_of(tag.tag_type, tag.timestamp);
        let payload = Bytes::copy_from_slice(tag.body);
        if self.is_wanted(kind, &payload) {
            self.ready.push_back(SourceTag { tag_type: tag.tag_type, timestamp, payload });
        }
    }

    /// To viewers the rounds are one stream: metadata and sequence headers come again only when they have changed, and
    /// the end of a round is no end.
    fn is_wanted(&mut self, kind: TagKind, payload: &Bytes) -> bool {
        let last = match kind {
            TagKind::Script => return !self.repeated,
            TagKind::Video(header) if header.packet == VideoPacket::SequenceEnd => return !self.looped,
            _ if !kind.is_sequence_header() => return true,
            TagKind::Audio(_) => &mut self.audio_header,
            TagKind::Video(_) => &mut self.video_header,
        };
        let changed = last.as_ref() != Some(payload);
        *last = Some(payload.clone());
        changed || !self.repeated
    }

    fn restart(&mut self) {
        self.repeated = true;
        self.media = false;
        self.timeline.restart();
    }
}
