//! Maps the input's clock, which wraps, jumps and jitters, to one output clock that only goes forward.
//!
//! Both tracks share one offset from input to output time as long as they share a clock, so that their skew is kept.
//! A track whose clock goes its own way gets an offset of its own, by when its frames arrive.

use super::Track;

/// A clock that goes back by up to this many milliseconds jitters; the frame's time is then merely pressed forward.
const MAX_JITTER_MS: i64 = 100;
/// A clock that goes back further than this has been set anew, most likely by a new publisher: output goes on at a
/// keyframe. Less is a step in a running stream, whose frames still belong together.
const MAX_STEP_BACK_MS: i64 = 1000;
/// A track that gets ahead of everything so far by more than this has jumped; less is a gap.
const MAX_GAP_MS: i64 = 1500;
/// Tracks that start further apart than this do not share a clock.
pub(super) const MAX_SKEW_MS: i64 = 3000;
/// An interval between frames longer than this is a gap, not a frame rate.
const MAX_USUAL_STEP_MS: i64 = 10_000;
/// When audio alone jumps, this many video frames that go on as before show that it is audio's own affair ...
const WITNESSES: u32 = 8;
/// ... or this many milliseconds of audio, when no video comes at all.
const MAX_STRAY_MS: i64 = 2000;

/// Where a frame belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At this output time in milliseconds.
    At(i64),
    /// At this output time; the track's clock stepped by `jump_ms`, which the output hides.
    Stepped { at: i64, jump_ms: i64 },
    /// The input's clock was set anew: output has to be anchored again.
    Jump { jump_ms: i64 },
    /// Nowhere: it is unclear yet what its time means.
    Nowhere,
}

#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// The last timestamp as it came, and what it is in 64 bits.
    last_input: Option<(u32, i64)>,
    /// Output time minus input time.
    shared_offset: i64,
    /// Output time of the anchor.
    anchor: i64,
    clocks: [Option<Clock>; 2],
    /// The last plain interval between two frames of each track.
    usual_step: [i64; 2],
}

#[derive(Clone, Copy, Debug)]
struct Clock {
    offset: i64,
    last: i64,
    /// The track has a new configuration since `last`: no step back is jitter.
    reconfigured: bool,
    stray: Option<Stray>,
}

/// Audio that has jumped while it is unclear whether video will follow.
#[derive(Clone, Copy, Debug)]
struct Stray {
    first: i64,
    witnesses: u32,
}

impl Timeline {
    /// An FLV timestamp, which wraps at 2^32, as 64-bit milliseconds.
    pub(super) fn unwrap(&mut self, timestamp: u32) -> i64 {
        let time = match self.last_input {
            // The signed difference is right on both sides of 2^31 and 2^32.
            Some((last, time)) => time + i64::from(timestamp.wrapping_sub(last).cast_signed()),
            None => i64::from(timestamp),
        };
        self.last_input = Some((timestamp, time));
        time
    }

    /// Lets input time `dts` of a frame of `track` be output time `at`, for both tracks.
    ///
    /// Returns by how much the input has jumped against the frame of that track that was to come.
    pub(super) fn anchor(&mut self, track: Track, dts: i64, at: i64) -> i64 {
        let index = track as usize;
        let expected = self.clocks[index].map(|clock| clock.last + self.usual_step[index]);
        self.clocks = [None; 2];
        self.shared_offset = at - dts;
        self.anchor = at;
        dts - expected.unwrap_or(dts)
    }

    /// Says that the track's next frame has another configuration than its last.
    pub(super) const fn reconfigured(&mut self, track: Track) {
        if let Some(clock) = &mut self.clocks[track as usize] {
            clock.reconfigured = true;
        }
    }

    /// The latest output time of any track.
    pub(super) fn now(&self) -> i64 {
        let latest = self.clocks.iter().flatten().map(|clock| clock.last + clock.offset).max();
        latest.map_or(self.anchor, |latest| latest.max(self.anchor))
    }

    /// Finds the output time of a frame. `with_video`: there is a video track, which leads.
    pub(super) fn place(&mut self, track: Track, dts: i64, with_video: bool) -> Place {
        let (shared, now, index) = (self.shared_offset, self.now(), track as usize);
        let Some(clock) = self.clocks[index] else {
            let together = (dts + shared - now).abs() <= MAX_SKEW_MS;
            let offset = if together { shared } else { now - dts };
            return self.goes_on(index, dts, offset);
        };
        let (step, usual) = (dts - clock.last, self.usual_step[index]);
        if clock.offset != shared {
            // The other track's clock has stepped; this one's has too if that explains its frame better.
            let follows = (dts + shared - clock.last - clock.offset - usual).abs();
            if follows < (step - usual).abs() && follows <= 2 * MAX_JITTER_MS {
                return self.goes_on(index, dts, shared);
            }
        }
        let ahead = dts + clock.offset - now;
        if step < -MAX_STEP_BACK_MS || (ahead > MAX_GAP_MS && step > 3 * usual) {
            return self.jumps(track, dts, with_video);
        }
        let tolerated = if clock.reconfigured { 0 } else { MAX_JITTER_MS };
        if step < -tolerated && !self.returns(index, &clock, dts) {
            self.shared_offset = clock.last + clock.offset + usual - dts;
            let jump_ms = step - usual;
            self.clocks[index] = None;
            return match self.goes_on(index, dts, self.shared_offset) {
                Place::At(at) => Place::Stepped { at, jump_ms },
                other => other,
            };
        }
        self.goes_on(index, dts, clock.offset)
    }

    /// Whether going back brings a track nearer to the other one: then it had strayed forward before, and the step mends that.
    fn returns(&self, index: usize, clock: &Clock, dts: i64) -> bool {
        self.clocks[1 - index].is_some_and(|other| {
            let other = other.last + other.offset;
            (dts + clock.offset - other).abs() < (clock.last + clock.offset - other).abs()
        })
    }

    fn goes_on(&mut self, index: usize, dts: i64, offset: i64) -> Place {
        if let Some(clock) = self.clocks[index] {
            let step = dts - clock.last;
            if (1..=MAX_USUAL_STEP_MS).contains(&step) {
                self.usual_step[index] = step;
            }
        }
        if let Some(Clock { stray: Some(stray), .. }) = &mut self.clocks[1 - index] {
            stray.witnesses += 1;
        }
        self.clocks[index] = Some(Clock { offset, last: dts, reconfigured: false, stray: None });
        Place::At(dts + offset)
    }

    fn jumps(&mut self, track: Track, dts: i64, with_video: bool) -> Place {
        let (now, index) = (self.now(), track as usize);
        let usual = self.usual_step[index];
        let Some(clock) = &mut self.clocks[index] else { return Place::Nowhere };
        let step = dts - clock.last;
        if track == Track::Video || !with_video {
            if (1..=MAX_USUAL_STEP_MS).contains(&step) {
                self.usual_step[index] = step;
            }
            return Place::Jump { jump_ms: step - usual };
        }
        let stray = clock.stray.get_or_insert(Stray { first: dts, witnesses: 0 });
        if stray.witnesses < WITNESSES && (dts - stray.first).abs() <= MAX_STRAY_MS {
            return Place::Nowhere;
        }
        *clock = Clock { offset: now - dts, last: dts, reconfigured: false, stray: None };
        Place::Stepped { at: now, jump_ms: step - usual }
    }
}

#[cfg(test)]
mod tests;
