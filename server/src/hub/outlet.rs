//! What muxes a stream: one outlet for each format that is wanted. Only publishers touch it.

use std::sync::Arc;
use std::time::Duration;

use flvgate_media::flv::{PREVIOUS_TAG_SIZE_LEN, TAG_HEADER_LEN, Tag, TagType};
use flvgate_media::format::{Content, Format, Muxed, Muxer};
use tokio::time::Instant;

use super::End;
use super::feed::Feed;
use super::gop_cache::GopLimits;
use super::preamble::track_of;
use super::ring::{RESERVE, Ring, RingLimits};
use super::suitability::Shown;
use super::telling::{News, Telling};
use crate::config::Vhost;

/// How long a format is muxed after its last viewer has left, in milliseconds of media.
const LINGER: u64 = 10_000;

/// How much longer than `fast_cache` history is kept, in milliseconds: so that it is never a frame short, and that a
/// viewer who begins with all of it is not late from the start.
const HISTORY_MARGIN: u64 = 1000;

/// The muxers of a stream, each with its feed. FLV's is always there; the others are made from its ring.
#[derive(Debug)]
pub(super) struct Outlets {
    flv: Outlet,
    others: Vec<Outlet>,
    /// Viewers were not told at once of something since the last [`tell_overdue`](Self::tell_overdue).
    has_held: bool,
}

#[derive(Debug)]
struct Outlet {
    feed: Arc<Feed>,
    muxer: Muxer,
    /// Kept though nobody watches, because its history is wanted.
    standing: bool,
    /// The time of FLV's ring since which nobody watches.
    unwatched: Option<u64>,
    /// Since when viewers have not been told of what is new to them.
    untold: Option<Instant>,
    /// For [`Muxer::push`], empty between calls.
    ready: Vec<Muxed>,
}

impl Outlets {
    pub(super) fn new(vhost: &Vhost) -> Self {
        Self {
            flv: Outlet::new(Feed::new(Format::Flv, limits(Format::Flv, vhost)), Muxer::new(Format::Flv)),
            others: Vec::new(),
            has_held: false,
        }
    }

    /// Takes the stream's next tag, of now, FLV first; `viewers` counts a format's viewers, who are told as `telling` says.
    pub(super) fn push(
        &mut self,
        tag: &Tag,
        viewers: impl Fn(Format) -> u64,
        telling: Telling,
        now: Instant,
    ) {
        let mut has_held = self.flv.push(tag, telling, now);
        let time = self.flv.feed.time();
        self.others.retain_mut(|outlet| {
            let watched = outlet.standing || viewers(outlet.feed.format) > 0;
            let unwatched = if watched { None } else { Some(outlet.unwatched.unwrap_or(time)) };
            outlet.unwatched = unwatched;
            if unwatched.is_some_and(|since| time.saturating_sub(since) > LINGER) {
                return false;
            }
            has_held |= outlet.push(tag, telling, now);
            true
        });
        self.has_held |= has_held;
    }

    /// Brings out what muxers hold back, because the publisher has gone, and tells viewers of it and of all else.
    pub(super) fn flush(&mut self) {
        for outlet in self.all_mut() {
            outlet.muxer.flush(&mut outlet.ready);
            if outlet.feed.append(&mut outlet.ready) != News::Nothing || outlet.untold.is_some() {
                outlet.tell();
            }
        }
    }

    /// Until when what is held for viewers may be held for `patience`; `None` when nothing is.
    pub(super) fn held_until(&self, patience: Duration) -> Option<Instant> {
        Some(self.all().filter_map(|outlet| outlet.untold).min()? + patience)
    }

    /// Tells viewers of what has been held for them for `patience`. When to do so again; `None` when nothing has been
    /// held since the last time, and nothing is.
    pub(super) fn tell_overdue(&mut self, patience: Duration, now: Instant) -> Option<Instant> {
        for outlet in self.all_mut() {
            if outlet.untold.is_some_and(|since| since + patience <= now) {
                outlet.tell();
            }
        }
        let has_held = std::mem::take(&mut self.has_held);
        self.held_until(patience).or_else(|| has_held.then(|| now + patience))
    }

    /// Tells viewers of all that is held for them.
    pub(super) fn tell_held(&mut self) {
        self.all_mut().filter(|outlet| outlet.untold.is_some()).for_each(Outlet::tell);
    }

    /// Another publisher makes what comes next.
    pub(super) fn restart(&mut self, vhost: &Vhost) {
        self.feeds().for_each(Feed::restart);
        self.flv.muxer.restart();
        // Those that did not fit the last publication may fit this one.
        self.stand(vhost, &Shown::default());
    }

    /// The feed of `format`, which is made when it is not there.
    pub(super) fn feed(&mut self, format: Format, vhost: &Vhost, shown: &Shown) -> Arc<Feed> {
        if format == Format::Flv {
            return self.flv.feed.clone();
        }
        if let Some(outlet) = self.others.iter().find(|outlet| outlet.feed.format == format) {
            return outlet.feed.clone();
        }
        let (feed, mut muxer) = (Feed::new(format, limits(format, vhost)), Muxer::new(format));
        let live = self.flv.feed.live();
        let start = replay_start(&live.ring, format, vhost, shown);
        feed.append(&mut replay(&live.ring, start, &mut muxer));
        drop(live);
        let outlet = Outlet { standing: stands(format, vhost), ..Outlet::new(feed.clone(), muxer) };
        self.others.push(outlet);
        feed
    }

    /// Ends the feeds that cannot carry what has been shown.
    pub(super) fn end_unsuitable(&mut self, shown: &Shown) {
        self.end_others(|format| shown.contradicts(format).map(End::Unsuitable));
    }

    /// Ends the feed of `format` for those who watch it; they may come again when it is to be had again.
    pub(super) fn withdraw(&mut self, format: Format) {
        if format == Format::Flv {
            // The others are made from its ring.
            self.flv.feed = self.flv.feed.hand_over(End::Withdrawn);
            self.flv.untold = None;
        }
        self.end_others(|other| (other == format).then_some(End::Withdrawn));
    }

    /// Takes over the bounds of `vhost`, and what it wants kept.
    pub(super) fn reconfigure(&mut self, vhost: &Vhost, shown: &Shown) {
        for outlet in self.all_mut() {
            outlet.feed.set_limits(limits(outlet.feed.format, vhost));
            outlet.standing = stands(outlet.feed.format, vhost);
        }
        self.stand(vhost, shown);
    }

    /// What the rings of all formats cost, in bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.feeds().map(|feed| feed.live().ring.bytes()).sum()
    }

    /// Every feed, FLV's first.
    pub(super) fn feeds(&self) -> impl Iterator<Item = &Feed> {
        self.all().map(|outlet| &*outlet.feed)
    }

    /// Makes the feeds whose history is wanted before anybody watches.
    fn stand(&mut self, vhost: &Vhost, shown: &Shown) {
        for format in Format::ALL {
            if stands(format, vhost) && shown.contradicts(format).is_none() {
                self.feed(format, vhost, shown);
            }
        }
    }

    fn end_others(&mut self, end: impl Fn(Format) -> Option<End>) {
        self.others.retain(|outlet| {
            let end = end(outlet.feed.format);
            end.inspect(|end| outlet.feed.finish(*end)).is_none()
        });
    }

    fn all(&self) -> impl Iterator<Item = &Outlet> {
        std::iter::once(&self.flv).chain(&self.others)
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Outlet> {
        std::iter::once(&mut self.flv).chain(&mut self.others)
    }
}

impl Outlet {
    const fn new(feed: Arc<Feed>, muxer: Muxer) -> Self {
        Self { feed, muxer, standing: false, unwatched: None, untold: None, ready: Vec::new() }
    }

    /// Returns whether viewers have not been told of what is new to them.
    fn push(&mut self, tag: &Tag, telling: Telling, now: Instant) -> bool {
        self.muxer.push(tag, &mut self.ready);
        match self.feed.append(&mut self.ready) {
            News::Nothing => false,
            news if telling.holds(news, self.feed.format) => {
                self.untold.get_or_insert(now);
                true
            }
            _ => {
                self.tell();
                false
            }
        }
    }

    fn tell(&mut self) {
        self.untold = None;
        self.feed.tell();
    }
}

/// Whether `format` is muxed without viewers: its history is wanted.
fn stands(format: Format, vhost: &Vhost) -> bool {
    is_audio_only(format) && !vhost.http_remux.fast_cache.is_zero() && vhost.delivers(format)
}

/// Whether a format has audio and nothing else.
pub(super) const fn is_audio_only(format: Format) -> bool {
    matches!(format, Format::Mp3 | Format::Aac)
}

fn limits(format: Format, vhost: &Vhost) -> RingLimits {
    let milliseconds = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (play, fast_cache) = (&vhost.play, milliseconds(vhost.http_remux.fast_cache));
    let queue = milliseconds(play.queue_length);
    let has_history = is_audio_only(format) && fast_cache > 0;
    let history = if has_history { fast_cache.saturating_add(HISTORY_MARGIN) } else { 0 };
    RingLimits {
        duration: queue.max(history),
        reserve: RESERVE.max(history),
        bytes: play.queue_max_bytes,
        gop: GopLimits {
            enabled: play.gop_cache,
            frames: play.gop_cache_max_frames,
            bytes: play.gop_cache_max_bytes,
        },
    }
}

/// From where on a new feed has what is in FLV's ring.
fn replay_start(flv: &Ring, format: Format, vhost: &Vhost, shown: &Shown) -> u64 {
    match format {
        Format::Flv => flv.end(),
        // Audio alone has no keyframes to start at.
        Format::Ts if shown.video.is_none() => flv.publication_start(),
        Format::Ts => flv.gop_start().unwrap_or_else(|| flv.end()),
        Format::Mp3 | Format::Aac if vhost.http_remux.fast_cache.is_zero() => flv.end(),
        Format::Mp3 | Format::Aac => flv.first(),
    }
}

/// Muxes what is in FLV's ring from `start` on.
fn replay(flv: &Ring, start: u64, muxer: &mut Muxer) -> Vec<Muxed> {
    let mut ready = Vec::new();
    let preamble = flv.preamble_at(start);
    let timestamp = flv.parcel(start).map_or(0, |parcel| parcel.muxed.timestamp);
    let setup = preamble.parts().filter_map(|(name, part)| tag_of(name.track, timestamp, part));
    setup.for_each(|tag| muxer.push(&tag, &mut ready));
    // A codec without a sequence header shows in its frames only: one from before the start makes the muxer announce
    // the track from the start on.
    let before = (flv.first()..start).rev().map_while(|position| flv.parcel(position));
    let before = before.take_while(|parcel| Arc::ptr_eq(&parcel.preamble, preamble));
    let audio = before.map(|parcel| &parcel.muxed).find(|muxed| muxed.content == Content::Audio);
    if let Some(tag) = audio.and_then(|muxed| tag_of(TagType::Audio, muxed.timestamp, &muxed.bytes)) {
        muxer.push(&tag, &mut ready);
        muxer.flush(&mut ready);
    }
    ready.clear();

    let parcels = (start..flv.end()).filter_map(|position| flv.parcel(position));
    let tags = parcels.filter_map(|parcel| {
        let Muxed { content, timestamp, bytes, .. } = &parcel.muxed;
        tag_of(track_of(*content), *timestamp, bytes)
    });
    tags.for_each(|tag| muxer.push(&tag, &mut ready));
    ready
}

/// The tag that was muxed as FLV, with its full timestamp.
fn tag_of(track: TagType, timestamp: u64, flv: &bytes::Bytes) -> Option<Tag> {
    let body = TAG_HEADER_LEN..flv.len().checked_sub(PREVIOUS_TAG_SIZE_LEN)?;
    Tag::parse(track, timestamp, flv.slice(body)).ok()
}
