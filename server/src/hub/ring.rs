//! A bounded ring of ready bytes, which every viewer reads in place.
//!
//! It keeps what somebody may still ask for: the newest place to start at, and what viewers who have fallen behind have
//! yet to get. Those hold it: a ring is divided into [spans](Span), and each viewer has the hold of the one it stands in.

mod clock;
mod cost;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flvgate_media::format::{Content, Muxed};

use super::gop_cache::{GopCache, GopLimits};
use super::preamble::{PartName, Preamble};
use clock::MediaClock;

/// Ready bytes, and what goes before them.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) muxed: Muxed,
    /// What a decoder must have been told before this parcel, this parcel included.
    pub(super) preamble: Arc<Preamble>,
    /// Milliseconds of media that the ring had been given by then: timestamps of two tracks may be far apart.
    pub(super) time: u64,
}

/// Milliseconds of media that are let go together, when nobody holds them any more.
const SPAN: u64 = 500;

/// Parcels that are let go together at most, and what they may be of a ring's bytes: timestamps may stand still.
const SPAN_PARCELS: u64 = 128;
const SPANS_IN_BYTES: usize = 16;

/// Milliseconds of media that are kept before the newest place to start at: a codec without sequence headers shows there.
pub(super) const RESERVE: u64 = 1000;

/// More parcels than this in a second of media are not kept for those who may come. Sixteen tracks have fewer.
const PARCELS_PER_SECOND: u64 = 1000;

/// Some parcels in a row.
#[derive(Debug)]
struct Span {
    /// The position and the time of the first.
    first: u64,
    time: u64,
    /// What the parcels cost, in bytes.
    bytes: usize,
    /// Whoever has a clone has yet to get what is here, or what comes next.
    hold: Arc<()>,
}

/// Bounds of a ring.
#[derive(Clone, Copy, Debug)]
pub(super) struct RingLimits {
    /// Media time, in milliseconds.
    pub(super) duration: u64,
    /// Bytes of memory, all that parcels cost counted; the cached GOP not counted where it alone is more.
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
    /// What all of it costs.
    bytes: usize,
    clock: MediaClock,
    gop_cache: GopCache,
    /// Position of the newest parcel in the ring at which a viewer can start, cached GOP or not.
    newest_start: Option<u64>,
    /// Position of the current publication's first parcel; it may have left the ring.
    publication: u64,
    preamble: Arc<Preamble>,
    /// What the publication before this one had told decoders, and they still know.
    retired: Preamble,
    /// Somebody has begun since, whose decoders do not know that.
    has_newcomers: AtomicBool,
}

impl Ring {
    pub(super) fn new(limits: RingLimits) -> Self {
        Self {
            limits,
            parcels: VecDeque::new(),
            first: 0,
            spans: VecDeque::from([Span { first: 0, time: 0, bytes: 0, hold: Arc::default() }]),
            bytes: 0,
            clock: MediaClock::default(),
            gop_cache: GopCache::new(limits.gop),
            newest_start: None,
            publication: 0,
            preamble: Arc::default(),
            retired: Preamble::default(),
            has_newcomers: AtomicBool::new(false),
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
            // Nor does one who is to begin at a keyframe before this place.
            let all_know = !*self.has_newcomers.get_mut() && self.newest_start.is_none();
            let known = self.retired.same_part(name, &muxed.bytes).filter(|_| all_know);
            let part = known.unwrap_or(&muxed.bytes).clone();
            let repeats = known.is_some();
            self.preamble = Arc::new(self.preamble.with(name, part));
            // From now on decoders know what this publication tells them. Another header takes back what was beside it.
            self.retired = self.retired.without(name, !repeats && name.is_header());
            if repeats {
                return false;
            }
        }
        let (position, is_start) = (self.end(), muxed.random_access);
        let time = self.clock.pass(muxed.content, muxed.timestamp);
        let parcel = Parcel { muxed, preamble: self.preamble.clone(), time };
        let cost = parcel.cost();
        if self.begins_span(position, time) {
            self.spans.push_back(Span { first: position, time, bytes: 0, hold: Arc::default() });
            self.bytes += Span::COST;
        }
        if let Some(span) = self.spans.back_mut() {
            span.bytes += cost;
        }
        self.parcels.push_back(parcel);
        self.bytes += cost;
        if is_start {
            self.newest_start = Some(position);
        }
        self.gop_cache.push(position, is_start, cost);
        self.evict();
        true
    }

    /// The next parcels do not continue the cached GOP: another publisher made them.
    pub(super) fn restart(&mut self) {
        self.gop_cache.clear();
        self.newest_start = None;
        self.publication = self.end();
        self.retired = self.preamble.as_ref().clone();
        self.preamble = Arc::default();
        *self.has_newcomers.get_mut() = false;
    }

    /// A viewer begins or skips, and knows nothing but what it is told from now on.
    pub(super) fn note_newcomer(&self) {
        self.has_newcomers.store(true, Ordering::Relaxed);
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
        let mut newest = self.parcels.iter().rev().map(|parcel| parcel.time);
        let Some(last) = newest.next() else { return self.end() };
        // A frame's time is its beginning: the last one plays for as long as the one before it did.
        let end = last + newest.next().map_or(0, |previous| last.saturating_sub(previous));
        let old_enough = self.parcels.partition_point(|parcel| parcel.time.saturating_add(span) <= end);
        self.first + old_enough.saturating_sub(1) as u64
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
            (Some(parcel), Some(newest)) => newest.time.saturating_sub(parcel.time),
            _ => 0,
        }
    }

    /// Milliseconds of media that the ring has been given.
    pub(super) const fn time(&self) -> u64 {
        self.clock.now()
    }

    /// What the ring costs, in bytes of memory.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a parcel of `time` at `position` is the first of a span.
    fn begins_span(&self, position: u64, time: u64) -> bool {
        self.spans.back().is_none_or(|span| {
            time.saturating_sub(span.time) >= SPAN
                || position.saturating_sub(span.first) >= SPAN_PARCELS
                || span.bytes > self.limits.bytes / SPANS_IN_BYTES
        })
    }

    fn evict(&mut self) {
        // The cached GOP has bounds of its own, and new viewers need it whole.
        while self.gop_start().is_none_or(|start| self.first < start) && (self.is_over() || !self.is_needed())
        {
            let Some(oldest) = self.parcels.pop_front() else { break };
            self.bytes -= oldest.cost();
            self.first += 1;
            if self.spans.get(1).is_some_and(|next| next.first <= self.first) {
                self.spans.pop_front();
                self.bytes -= Span::COST;
            }
        }
        cost::give_back(&mut self.parcels);
        cost::give_back(&mut self.spans);
        self.newest_start = self.newest_start.filter(|&position| position >= self.first);
    }

    fn is_over(&self) -> bool {
        self.bytes > self.limits.bytes || self.behind(self.first) > self.limits.duration
    }

    /// Whether somebody may still ask for the oldest parcel: a viewer who has yet to get it, or one to come.
    fn is_needed(&self) -> bool {
        let (Some(oldest), Some(newest)) = (self.parcels.front(), self.parcels.back()) else { return false };
        if self.spans.front().is_some_and(|span| Arc::strong_count(&span.hold) > 1) {
            return true;
        }
        let start = self.newest_start.and_then(|start| self.parcel(start)).unwrap_or(newest);
        let seconds = newest.time.saturating_sub(oldest.time).saturating_add(self.limits.reserve) / 1000;
        let most = seconds.saturating_add(1).saturating_mul(PARCELS_PER_SECOND);
        start.time.saturating_sub(oldest.time) <= self.limits.reserve && self.parcels.len() as u64 <= most
    }
}
