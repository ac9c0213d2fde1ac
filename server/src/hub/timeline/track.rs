//! One track's clock beside the other's.

use super::{MAX_STEP_BACK, MAX_STEP_FORWARD, MENDED_STEP};

/// A track whose timestamps have not grown while the other's have by more than this stands still. Milliseconds.
const STANDS_STILL: i64 = 250;

/// Audio that begins earlier than the stream by no more than this is left out until the stream's beginning, and is in step
/// with the video then. Audio from further back has another clock, and begins where the video is. Milliseconds.
const MAX_LEFT_OUT: i64 = 3000;

/// Audio or video. Timestamps of publishers are here without wraps, in the same 64 bits for both tracks.
#[derive(Debug)]
pub(super) struct Track {
    /// The publisher's last timestamp; `None` until the publication's first.
    raw: Option<i64>,
    /// What is to be added to the publisher's timestamps. The same for both tracks as a rule.
    offset: i64,
    /// What it was before the last jump.
    former_offset: i64,
    /// How often the clock was set, in this stream's life; and how often the other's had been at the last tag.
    jumps: u64,
    others_jumps: u64,
    /// The last timestamp given out, by whatever publication.
    last: Option<i64>,
    /// Where the other track stood at the last tag.
    other_last: Option<i64>,
    /// Before this, nothing is given out: the stream's beginning, or the end of the publication before.
    floor: Option<i64>,
    /// Where the publisher's timestamps were highest.
    peak: Option<Peak>,
    /// They have grown since the publication began.
    has_moved: bool,
    /// The other track's clock is used.
    is_carried: bool,
}

#[derive(Clone, Copy, Debug)]
struct Peak {
    raw: i64,
    mapped: i64,
    /// Where the other track stood.
    other: Option<i64>,
}

impl Track {
    pub(super) const fn new() -> Self {
        Self {
            raw: None,
            offset: 0,
            former_offset: 0,
            jumps: 0,
            others_jumps: 0,
            last: None,
            other_last: None,
            floor: None,
            peak: None,
            has_moved: false,
            is_carried: false,
        }
    }

    /// The next tag is a new publication's.
    pub(super) const fn restart(&mut self) {
        *self = Self { last: self.last, ..Self::new() };
    }

    /// Timestamps are mended by other rules from now on: what the old ones have added to them stays.
    pub(super) fn go_on(&mut self) {
        if let Some((raw, last)) = self.raw.zip(self.last) {
            self.set_offset(self.offset.max(last - raw));
            (self.peak, self.is_carried) = (None, false);
        }
    }

    pub(super) const fn raw(&self) -> Option<i64> {
        self.raw
    }

    pub(super) const fn last(&self) -> Option<i64> {
        self.last
    }

    /// A timestamp of 32 bits as the one that is nearest to the track's last; without a last one, to the `other` track's.
    /// With `positive`, never one below zero.
    pub(super) fn unwrap(&self, raw: u32, other: &Self, positive: bool) -> i64 {
        let Some(near) = self.raw.or(other.raw) else { return raw.into() };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Modulo 2^32, as the wire has it.
        let unwrapped = near + i64::from(raw.wrapping_sub(near as u32).cast_signed());
        if positive && unwrapped < 0 { raw.into() } else { unwrapped }
    }

    /// The track is its publication's first: `raw` becomes `mapped`.
    pub(super) const fn begin(&mut self, raw: i64, mapped: i64) {
        self.set_offset(mapped - raw);
    }

    /// The track is its publication's second, and goes by the offset of the first, `other`. It must not begin before `floor`.
    pub(super) fn join(&mut self, raw: i64, other: &mut Self, floor: i64, is_video: bool, mends: bool) {
        self.others_jumps = other.jumps;
        self.other_last = other.last;
        self.set_offset(other.offset);
        self.floor = Some(floor);
        let lack = floor - (raw + self.offset);
        let distance = other.raw.map_or(0, |other| raw - other);
        // Encoders that do not count send 0, which says nothing of a distance.
        let one_is_zero = raw == 0 || other.raw == Some(0) && !other.has_moved;
        if mends && one_is_zero && distance.abs() > MAX_STEP_FORWARD {
            self.begin_beside(raw, other);
        } else if lack > 0 && (is_video || self.last.is_some() && lack > MAX_LEFT_OUT) {
            // Viewers begin with the video that comes now: they do not see the step that the audio makes. With the next
            // publisher, the tracks may be closer to each other, and neither goes back.
            self.set_offset(self.offset + lack);
            other.set_offset(other.offset + lack);
        } else if lack > MAX_LEFT_OUT {
            self.begin_beside(raw, other);
        }
    }

    /// Decides whether `raw`, behind `before`, is a step or a jump; after a jump the offset is another.
    pub(super) fn judge(&mut self, raw: i64, before: i64, other: &Self) {
        let progress = self.others_progress(other);
        // A track that has paused goes on where the other is meanwhile.
        let believed = |step: i64| (-MAX_STEP_BACK..=MAX_STEP_FORWARD + progress).contains(&step);
        let is_believed = believed(raw - before);
        let Some(last) = self.last else {
            if !is_believed {
                self.begin_beside(raw, other);
            }
            return;
        };
        let other_has_jumped = std::mem::replace(&mut self.others_jumps, other.jumps) != other.jumps;
        if is_believed && !(other_has_jumped && raw < before) {
            return;
        }
        let fits = |offset: &i64| believed(raw + offset - last);
        // Where the other track has jumped to, this one comes too, and is in step with it again.
        let others = other.raw.map(|_| other.offset).filter(fits);
        // What was wrong for a moment is right again.
        let former = Some(self.former_offset).filter(|offset| !is_believed && fits(offset));
        let mended = (!is_believed).then(|| last + progress.max(MENDED_STEP) - raw);
        if let Some(offset) = others.or(former).or(mended) {
            self.jump(offset);
        }
    }

    /// Gives out the time of `raw`; `None` when that is too early. With `mends`, times never go back, and a track that
    /// stands still is carried along.
    pub(super) fn place(&mut self, raw: i64, other: &Self, mends: bool) -> Option<i64> {
        let mut mapped = raw + self.offset;
        if mends {
            mapped = self.carry(raw, mapped, other);
        }
        self.raw = Some(raw);
        let waited = self.others_progress(other);
        if let Some(floor) = self.floor {
            if mapped < floor && waited <= MAX_LEFT_OUT {
                // `other_last` stays: it tells for how long the track has been left out.
                return None;
            }
            if mapped < floor {
                self.begin_beside(raw, other);
                mapped = raw + self.offset;
            }
            self.floor = None;
        }
        self.other_last = other.last;
        if mends {
            mapped = self.last.map_or(mapped, |last| last.max(mapped));
        }
        self.last = Some(mapped);
        Some(mapped)
    }

    /// Where a frame goes that would be at `mapped`: beside the other track, when the publisher's timestamps stand still.
    fn carry(&mut self, raw: i64, mapped: i64, other: &Self) -> i64 {
        let here = |mapped| Some(Peak { raw, mapped, other: other.last });
        let Some(peak) = &mut self.peak else {
            self.peak = here(mapped);
            return mapped;
        };
        if raw > peak.raw {
            let step = raw - peak.raw;
            let mapped = match self.last {
                // The clock goes on where it had stopped: what the track was carried by is not made good.
                Some(last) if self.is_carried && mapped < last => last + step,
                _ => mapped,
            };
            self.offset = mapped - raw;
            (self.peak, self.has_moved, self.is_carried) = (here(mapped), true, false);
            return mapped;
        }
        let Some(now) = other.last else { return mapped };
        let then = *peak.other.get_or_insert(now);
        if now - then <= STANDS_STILL {
            return mapped;
        }
        self.is_carried = true;
        // A track that has never moved says nothing of a distance, but times do not go back.
        let distance = peak.mapped - then;
        now + if self.has_moved { distance } else { distance.max(0) }
    }

    /// How far the other track has come since this one's last tag, in milliseconds.
    fn others_progress(&self, other: &Self) -> i64 {
        other.last.zip(self.other_last).map_or(0, |(now, then)| (now - then).max(0))
    }

    /// `raw` is where the other track is.
    fn begin_beside(&mut self, raw: i64, other: &Self) {
        let beside = other.last.max(self.floor).unwrap_or(0);
        self.set_offset(beside - raw);
    }

    const fn jump(&mut self, offset: i64) {
        self.former_offset = self.offset;
        self.offset = offset;
        self.jumps += 1;
        self.is_carried = false;
        self.peak = None;
    }

    const fn set_offset(&mut self, offset: i64) {
        self.offset = offset;
        self.former_offset = offset;
    }
}
