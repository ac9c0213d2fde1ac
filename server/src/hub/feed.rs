//! A stream in one format, ready to send: a bounded ring of parcels that every viewer reads in place.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use flvgate_media::flv::{TAG_HEADER_LEN, Tag, TagType, write_tag};

use super::gop_cache::{GopCache, GopLimits};

/// One muxed tag.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) bytes: Bytes,
    /// Milliseconds on the stream's timeline.
    pub(super) timestamp: u64,
    pub(super) content: Content,
    /// What a decoder must have been told before this parcel, this parcel included.
    pub(super) preamble: Arc<Preamble>,
}

/// What a parcel is to a viewer who cannot take them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Audio,
    /// A video keyframe: a viewer can start here.
    Keyframe,
    /// Any other video, which needs what came before it.
    Video,
    /// Decoder configuration of the track, `TagType::Audio` or `TagType::Video`, or metadata.
    Setup(TagType),
}

/// Metadata and sequence headers in force at some place of the feed, muxed.
#[derive(Clone, Debug, Default)]
pub(super) struct Preamble {
    pub(super) metadata: Option<Bytes>,
    pub(super) audio: Option<Bytes>,
    pub(super) video: Option<Bytes>,
}

/// Bounds of a feed.
#[derive(Clone, Copy, Debug)]
pub(super) struct FeedLimits {
    /// Media time, in milliseconds.
    pub(super) duration: u64,
    /// Bytes, the cached GOP not counted where it alone is more.
    pub(super) bytes: usize,
    pub(super) gop: GopLimits,
}

/// The ring.
#[derive(Debug)]
pub(super) struct Feed {
    limits: FeedLimits,
    parcels: VecDeque<Parcel>,
    /// Position of the oldest parcel; positions count parcels since the stream began.
    first: u64,
    bytes: usize,
    gop_cache: GopCache,
    /// Position of the newest keyframe in the ring, cached GOP or not.
    newest_keyframe: Option<u64>,
    preamble: Arc<Preamble>,
    /// What the publication before this one had told decoders, and they still know.
    retired: Arc<Preamble>,
}

impl Feed {
    pub(super) fn new(limits: FeedLimits) -> Self {
        Self {
            limits,
            parcels: VecDeque::new(),
            first: 0,
            bytes: 0,
            gop_cache: GopCache::new(limits.gop),
            newest_keyframe: None,
            preamble: Arc::default(),
            retired: Arc::default(),
        }
    }

    /// Appends a tag, muxed; drops the oldest parcels over the bounds.
    ///
    /// Returns whether viewers have something new: a sequence header or metadata that repeats the last is left out.
    pub(super) fn push(&mut self, tag: &Tag, muxed: Bytes) -> bool {
        let content = Content::of(tag);
        if let Content::Setup(track) = content {
            if self.preamble.part(track).is_some_and(|known| same_body(known, &muxed)) {
                return false;
            }
            let known = self.retired.part(track).filter(|known| same_body(known, &muxed)).cloned();
            let repeats = known.is_some();
            self.preamble = Arc::new(self.preamble.with(track, known.unwrap_or_else(|| muxed.clone())));
            if repeats {
                return false;
            }
        }
        let size = muxed.len();
        let position = self.end();
        let preamble = self.preamble.clone();
        self.parcels.push_back(Parcel { bytes: muxed, timestamp: tag.timestamp, content, preamble });
        self.bytes += size;
        let keyframe = content == Content::Keyframe;
        if keyframe {
            self.newest_keyframe = Some(position);
        }
        self.gop_cache.push(position, keyframe, size);
        self.evict();
        true
    }

    /// The next tags do not continue the cached GOP: another publisher made them.
    pub(super) fn restart(&mut self) {
        self.gop_cache.clear();
        self.newest_keyframe = None;
        self.retired = std::mem::take(&mut self.preamble);
    }

    /// The position behind the newest parcel.
    pub(super) fn end(&self) -> u64 {
        self.first + self.parcels.len() as u64
    }

    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// The parcel at `position`, while it is in the ring.
    pub(super) fn parcel(&self, position: u64) -> Option<&Parcel> {
        let index = usize::try_from(position.checked_sub(self.first)?).ok()?;
        self.parcels.get(index)
    }

    /// Where a new viewer starts, when there is a GOP to start with.
    pub(super) fn gop_start(&self) -> Option<u64> {
        self.gop_cache.start()
    }

    /// Where a viewer who is too far behind goes on.
    pub(super) const fn newest_keyframe(&self) -> Option<u64> {
        self.newest_keyframe
    }

    pub(super) const fn preamble(&self) -> &Arc<Preamble> {
        &self.preamble
    }

    pub(super) const fn limits(&self) -> &FeedLimits {
        &self.limits
    }

    /// Milliseconds of media between `position` and the newest parcel.
    pub(super) fn behind(&self, position: u64) -> u64 {
        match (self.parcel(position), self.parcels.back()) {
            (Some(parcel), Some(newest)) => newest.timestamp.saturating_sub(parcel.timestamp),
            _ => 0,
        }
    }

    fn evict(&mut self) {
        while self.bytes > self.limits.bytes || self.behind(self.first) > self.limits.duration {
            // The cached GOP has bounds of its own, and new viewers need it whole.
            if self.gop_start().is_some_and(|start| self.first >= start) {
                break;
            }
            let Some(oldest) = self.parcels.pop_front() else { break };
            self.bytes -= oldest.bytes.len();
            self.first += 1;
        }
        self.newest_keyframe = self.newest_keyframe.filter(|&position| position >= self.first);
    }
}

impl Content {
    fn of(tag: &Tag) -> Self {
        match tag.tag_type() {
            TagType::Script => Self::Setup(TagType::Script),
            track if tag.is_sequence_header() => Self::Setup(track),
            TagType::Audio => Self::Audio,
            TagType::Video if tag.is_keyframe() => Self::Keyframe,
            TagType::Video => Self::Video,
        }
    }

    /// The track it belongs to; metadata counts as one.
    pub(super) const fn track(self) -> TagType {
        match self {
            Self::Audio => TagType::Audio,
            Self::Keyframe | Self::Video => TagType::Video,
            Self::Setup(track) => track,
        }
    }
}

impl Preamble {
    fn with(&self, track: TagType, muxed: Bytes) -> Self {
        let mut changed = self.clone();
        *match track {
            TagType::Script => &mut changed.metadata,
            TagType::Audio => &mut changed.audio,
            TagType::Video => &mut changed.video,
        } = Some(muxed);
        changed
    }

    pub(super) const fn part(&self, track: TagType) -> Option<&Bytes> {
        match track {
            TagType::Script => self.metadata.as_ref(),
            TagType::Audio => self.audio.as_ref(),
            TagType::Video => self.video.as_ref(),
        }
    }

    /// Metadata, audio and video sequence header, in SRS's order, each with the track it belongs to.
    pub(super) fn parts(&self) -> impl Iterator<Item = (TagType, &Bytes)> {
        [TagType::Script, TagType::Audio, TagType::Video]
            .into_iter()
            .filter_map(|track| Some((track, self.part(track)?)))
    }
}

/// Whether two muxed tags differ in nothing but their timestamps.
fn same_body(one: &[u8], other: &[u8]) -> bool {
    one.get(TAG_HEADER_LEN..) == other.get(TAG_HEADER_LEN..)
}

/// A tag as viewers of FLV get it.
pub(super) fn mux_flv(tag: &Tag) -> Bytes {
    let mut muxed = Vec::new();
    write_tag(&mut muxed, tag);
    Bytes::from(muxed)
}
