//! A bounded ring of ready bytes, which every viewer reads in place.
//!
//! It keeps what somebody may still ask for: the newest place to start at, and what viewers who have fallen behind have
//! yet to get. Those hold it: a ring is divided into [spans](Span), and each viewer has the hold of the one it stands in.

use std::collections::VecDeque;
use std::sync::Arc;

use flvgate_media::format::{Content, Muxed};

use super::gop_cache::{GopCache, GopLimits};
use super::preamble::{PartName, Preamble};

/// Ready bytes, and what goes before them.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) muxed: Muxed,
    /// What a decoder must have been told before this parcel, this parcel included.
    pub(super) preamble: Arc<Preamble>,
}

/// Milliseconds of media that are let go together, when nobody holds them any more.
const SPAN: u64 = 500;

/// Milliseconds of media that are kept before the newest place to start at: a codec without sequence headers shows there.
pub(super) const RESERVE: u64 = 1000;

/// Some parcels in a row.
#[derive(Debug)]
struct Span {
    /// The position and the timestamp of the first.
    first: u64,
    timestamp: u64,
    /// Whoever has a clone has yet to get what is here, or what comes next.
    hold: Arc<()>,
}

/// Bounds of a ring.
#[derive(Clone, Copy, Debug)]
pub(super) struct RingLimits {
    /// Media time, in milliseconds.
    pub(super) duration: u64,
    /// Bytes, the cached GOP not counted where it alone is more.
    pub(super) bytes: usize,
    /// Media time, in milliseconds, that is kept before the newest place to start at, whether anybody needs it or not.
    pub(super) reserve: u64,
    pub(super) gop: GopLimits,
}

/// The ring.
#[derive(Debug)]
pub(super) struct Ring {
    limits: RingLimits,
    parcels: VecDeque<Parcel>,
    /// Position of the oldest parcel; positions count parcels since the ring began.
    first: u64,
    /// From the oldest parcel on; one at least.
    spans: VecDeque<Span>,
    bytes: usize,
    gop_cache: GopCache,
    /// Position of the newest parcel in the ring at which a viewer can start, cached GOP or not.
    newest_start: Option<u64>,
    /// Position of the current publication's first parcel; it may have left the ring.
    publication: u64,
    preamble: Arc<Preamble>,
    /// What the publication before this one had told decoders, and they still know.
    retired: Arc<Preamble>,
}

impl Ring {
    pub(super) fn new(limits: RingLimits) -> Self {
        Self {
            limits,
            parcels: VecDeque::new(),
            first: 0,
            spans: VecDeque::from([Span { first: 0, timestamp: 0, hold: Arc::default() }]),
            bytes: 0,
            gop_cache: GopCache::new(limits.gop),
            newest_start: None,
            publication: 0,
            preamble: Arc::default(),
            retired: Arc::default(),
        }
    }

    /// Appends a parcel; drops the oldest ones over the bounds, and those that nobody needs.
    ///
    /// Returns whether viewers have something new: a sequence header or metadata that repeats the last is left out.
    pub(super) fn push(&mut self, muxed: Muxed) -> bool {
        if let Content::Setup(track, setting) = muxed.content {
            let name = PartName { track, setting };
            if self.preamble.same_part(name, &muxed.bytes).is_some() {
                return false;
            }
            let known = self.retired.same_part(name, &muxed.bytes);
            let part = known.unwrap_or(&muxed.bytes).clone();
            let repeats = known.is_some();
            self.preamble = Arc::new(self.preamble.with(name, part));
            if repeats {
                return false;
            }
        }
        let (size, is_start) = (muxed.bytes.len(), muxed.random_access);
        let (position, timestamp) = (self.end(), muxed.timestamp);
        if self.spans.back().is_none_or(|span| timestamp.saturating_sub(span.timestamp) >= SPAN) {
            self.spans.push_back(Span { first: position, timestamp, hold: Arc::default() });
        }
        self.parcels.push_back(Parcel { muxed, preamble: self.preamble.clone() });
        self.bytes += size;
        if is_start {
            self.newest_start = Some(position);
        }
        self.gop_cache.push(position, is_start, size);
        self.evict();
        true
    }

    /// The next parcels do not continue the cached GOP: another publisher made them.
    pub(super) fn restart(&mut self) {
        self.gop_cache.clear();
        self.newest_start = None;
        self.publication = self.end();
        self.retired = std::mem::take(&mut self.preamble);
    }

    /// Other bounds, from now on.
    pub(super) fn set_limits(&mut self, limits: RingLimits) {
        self.limits = limits;
        self.gop_cache.set_limits(limits.gop);
        self.evict();
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
    pub(super) const fn newest_start(&self) -> Option<u64> {
        self.newest_start
    }

    /// The oldest parcel of the current publication.
    pub(super) fn publication_start(&self) -> u64 {
        self.publication.max(self.first)
    }

    /// Where the newest `span` milliseconds begin: what is from there on plays for `span`, and less than a frame more.
    /// All there is, when that is less.
    ///
    /// For rings whose parcels are frames of one track.
    pub(super) fn history_start(&self, span: u64) -> u64 {
        let mut newest = self.parcels.iter().rev().map(|parcel| parcel.muxed.timestamp);
        let Some(last) = newest.next() else { return self.end() };
        // A frame's timestamp is its beginning: the last one plays for as long as the one before it did.
        let end = last + newest.next().map_or(0, |previous| last.saturating_sub(previous));
        let is_old_enough = |parcel: &Parcel| parcel.muxed.timestamp + span <= end;
        self.first + self.parcels.iter().rposition(is_old_enough).unwrap_or(0) as u64
    }

    /// What keeps the ring from letting go of what is at `position` and behind it, within its bounds, for as long as a
    /// clone of it lives.
    pub(super) fn hold_at(&self, position: u64) -> &Arc<()> {
        let newest = self.spans.len() - 1;
        // Most viewers are at the live edge.
        let index = match &self.spans[newest] {
            span if span.first <= position => newest,
            _ => self.spans.partition_point(|span| span.first <= position).saturating_sub(1),
        };
        &self.spans[index].hold
    }

    /// What is in force at `position`.
    pub(super) fn preamble_at(&self, position: u64) -> &Arc<Preamble> {
        self.parcel(position).map_or(&self.preamble, |parcel| &parcel.preamble)
    }

    pub(super) const fn limits(&self) -> &RingLimits {
        &self.limits
    }

    /// Milliseconds of media between `position` and the newest parcel.
    pub(super) fn behind(&self, position: u64) -> u64 {
        match (self.parcel(position), self.parcels.back()) {
            (Some(parcel), Some(newest)) => newest.muxed.timestamp.saturating_sub(parcel.muxed.timestamp),
            _ => 0,
        }
    }

    fn evict(&mut self) {
        // The cached GOP has bounds of its own, and new viewers need it whole.
        while self.gop_start().is_none_or(|start| self.first < start) && (self.is_over() || !self.is_needed())
        {
            let Some(oldest) = self.parcels.pop_front() else { break };
            self.bytes -= oldest.muxed.bytes.len();
            self.first += 1;
            if self.spans.get(1).is_some_and(|next| next.first <= self.first) {
                self.spans.pop_front();
            }
        }
        self.newest_start = self.newest_start.filter(|&position| position >= self.first);
    }

    fn is_over(&self) -> bool {
        self.bytes > self.limits.bytes || self.behind(self.first) > self.limits.duration
    }

    /// Whether somebody may still ask for the oldest parcel.
    fn is_needed(&self) -> bool {
        let start = self.newest_start.and_then(|start| self.parcel(start)).or(self.parcels.back());
        let (Some(oldest), Some(start)) = (self.parcels.front(), start) else { return false };
        let before_start = start.muxed.timestamp.saturating_sub(oldest.muxed.timestamp);
        before_start <= self.limits.reserve
            || self.spans.front().is_some_and(|span| Arc::strong_count(&span.hold) > 1)
    }
}
