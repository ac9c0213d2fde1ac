use super::pes::Times;

/// The longest time between two program clock references, in milliseconds: 13818-1 section 2.7.2 allows 100, DVB 40.
const PCR_INTERVAL: u64 = 40;

/// How long before its decoding time an access unit is there, in milliseconds.
///
/// The clock reference is the arrival, so this is what a demuxer's buffers have for big frames and for tracks that are not
/// well interleaved: audio and video whose timestamps cross by up to 250 ms are usual.
const DELAY: u64 = 300;

/// A wider gap is a new clock, in milliseconds. A gap that is not is filled with references.
const MAX_GAP: u64 = 3000;

/// Presentation times before the decoding time move all decoding times ahead, by at most this, in milliseconds.
const MAX_LEAD: u64 = 250;

/// Tracks whose timestamps cross by no more than this are one clock, in milliseconds: [`DELAY`] has room for it.
const MAX_CROSSING: i64 = 250;

/// Of how many pictures the audio's lead is what it is forgotten over, when it gets smaller.
const LEAD_MEMORY: i64 = 64;

/// Decides on the program clock and the frames' times. Timestamps in milliseconds in, 90 kHz out; all of it may wrap.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// The last program clock reference, in milliseconds.
    reference: Option<u64>,
    /// How much earlier than its tag says a frame is decoded, in ticks: composition times may be negative, but PTS
    /// is never before DTS (13818-1 section 2.7.5).
    lead: u64,
    last_dts: Option<u64>,
    /// Timestamps of the newest picture and of the newest audio beside it.
    video: Option<u64>,
    audio: Option<u64>,
    /// By how much audio's timestamps have been ahead of those of the pictures that came next, in milliseconds; negative
    /// when behind.
    audio_lead: Option<i64>,
}

impl Clock {
    /// Takes in that the track with the clock has a frame at `timestamp`; returns whether the clock jumps there: a
    /// discontinuity of the system time base (13818-1 section 2.4.3.5).
    pub(super) fn step(&mut self, timestamp: u64) -> bool {
        let jumps = self.jumps_to(timestamp);
        if jumps {
            self.reference = Some(timestamp);
            self.last_dts = None;
        }
        jumps
    }

    /// The times, in milliseconds, at which there must be references of their own, so that one at `timestamp` is not too
    /// far from the last. None across a gap that is a jump.
    pub(super) fn fill(&mut self, timestamp: u64) -> impl Iterator<Item = u64> + use<> {
        let reference = self.reference.unwrap_or(timestamp);
        let gap = timestamp.checked_sub(reference).filter(|gap| *gap <= MAX_GAP).unwrap_or(0);
        let count = gap.saturating_sub(1) / PCR_INTERVAL;
        let at = move |index: u64| reference + gap * index / (count + 1);
        if count > 0 {
            self.reference = Some(at(count));
        }
        (1..=count).map(at)
    }

    /// The reference that a frame at `timestamp` carries, in milliseconds; `None` where there is none that grows, and none
    /// that there `must` be.
    pub(super) fn carry(&mut self, timestamp: u64, must: bool) -> Option<u64> {
        let last = self.reference.unwrap_or(timestamp);
        let grows = self.reference.is_none() || timestamp > last;
        self.reference = Some(last.max(timestamp));
        self.reference.filter(|_| grows || must)
    }

    /// Notes that the video, which has the clock, has a picture at `timestamp`.
    pub(super) fn note_video(&mut self, timestamp: u64) {
        self.video = Some(timestamp);
        let (Some(audio), Some(known)) = (self.audio, &mut self.audio_lead) else { return };
        let lead = distance(audio, timestamp);
        let step = lead.saturating_sub(*known) / LEAD_MEMORY;
        *known = if lead > *known { lead } else { *known + step };
    }

    /// When audio of `timestamp` is by the clock of the video, which may have nothing to do with it: tracks may be any
    /// time apart. As far ahead as the next picture is to be expected, and never before the last.
    pub(super) fn beside_video(&mut self, timestamp: u64) -> u64 {
        self.audio = Some(timestamp);
        let Some(video) = self.video else { return timestamp };
        let lead = *self.audio_lead.get_or_insert(distance(timestamp, video));
        let lead = if lead.abs() <= MAX_CROSSING { 0 } else { lead };
        let beside = timestamp.saturating_add_signed(-lead);
        // What is further ahead than a clock may go is no better known than that nothing has come.
        if distance(beside, video) > MAX_GAP as i64 { video } else { beside.max(video) }
    }

    /// The reference that may stand right before what comes at `timestamp`, in milliseconds.
    pub(super) fn before(&self, timestamp: u64) -> u64 {
        self.reference.filter(|_| !self.jumps_to(timestamp)).unwrap_or(timestamp)
    }

    fn jumps_to(&self, timestamp: u64) -> bool {
        self.reference.is_some_and(|reference| {
            timestamp > reference.saturating_add(MAX_GAP) || timestamp.saturating_add(DELAY) < reference
        })
    }

    /// The times of a video frame, `composition` ticks after its `timestamp` in milliseconds. Decoding times grow as long as
    /// they stay before the presentation.
    pub(super) fn video_times(&mut self, timestamp: u64, composition: i32) -> Times {
        let early = u64::from(composition.min(0).unsigned_abs()).min(ticks(MAX_LEAD));
        self.lead = self.lead.max(early);
        let late = u64::from(composition.max(0).unsigned_abs());
        let due = ticks(timestamp.wrapping_add(DELAY));
        let pts = due.wrapping_add(late).wrapping_sub(early);
        let dts = due.wrapping_sub(self.lead);
        let dts = self.last_dts.map_or(dts, |last| dts.max(last.saturating_add(1))).min(pts);
        self.last_dts = Some(dts);
        Times { pts, dts }
    }
}

/// From `from` on to `to`, in milliseconds.
const fn distance(to: u64, from: u64) -> i64 {
    let distance = to.wrapping_sub(from).cast_signed();
    // Its negative is a number, too.
    if distance == i64::MIN { i64::MAX } else { distance }
}

/// The times of an audio frame.
pub(super) const fn audio_times(timestamp: u64) -> Times {
    let pts = ticks(timestamp.wrapping_add(DELAY));
    Times { pts, dts: pts }
}

/// 90 kHz.
pub(super) const fn ticks(milliseconds: u64) -> u64 {
    milliseconds.wrapping_mul(90)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(clock: &mut Clock, timestamp: u64, composition_time: i32) -> (u64, u64) {
        let Times { pts, dts } = clock.video_times(timestamp, composition_time.saturating_mul(90));
        (pts, dts)
    }

    #[test]
    fn gaps_are_filled_evenly() {
        let mut clock = Clock::default();
        assert_eq!(clock.fill(1000).count(), 0);
        assert_eq!(clock.carry(1000, false), Some(1000));
        assert_eq!(clock.fill(1040).count(), 0);
        assert_eq!(clock.fill(1042).collect::<Vec<_>>(), [1021]);
        assert_eq!(clock.carry(1042, false), Some(1042));
        assert_eq!(clock.fill(1163).collect::<Vec<_>>(), [1072, 1102, 1132]);
    }

    #[test]
    fn references_never_go_back() {
        let mut clock = Clock::default();
        clock.carry(1000, false);
        assert_eq!((clock.carry(990, false), clock.carry(990, true)), (None, Some(1000)));
        assert_eq!(clock.fill(990).count(), 0);
        assert!(!clock.step(700));
        assert_eq!((clock.before(990), clock.before(9000)), (1000, 9000));
    }

    #[test]
    fn what_is_too_far_away_is_another_clock() {
        for (timestamp, jumps) in [(4000, false), (4001, true), (699, true)] {
            let mut clock = Clock::default();
            clock.carry(1000, false);
            assert_eq!(clock.step(timestamp), jumps, "{timestamp}");
            assert_eq!(clock.fill(timestamp).count(), if jumps { 0 } else { 74 });
        }
        // Audio that is far from the video's clock does not move it.
        let mut clock = Clock::default();
        clock.carry(1000, false);
        assert_eq!((clock.fill(9000).count(), clock.carry(1040, false)), (0, Some(1040)));
    }

    #[test]
    fn audio_at_any_distance_goes_with_the_video() {
        for distance in [-600_000_i64, -1000, 1000, 600_000] {
            let mut clock = Clock::default();
            for picture in 0..100 {
                let at = 1_000_000 + picture * 40;
                clock.note_video(at);
                let beside = clock.beside_video((at + 20).saturating_add_signed(distance));
                assert!((at..at + 40).contains(&beside), "{distance}: {beside} at {at}");
            }
        }
        // In blocks, of which the audio comes first; the clock has room for what crosses.
        let mut clock = Clock::default();
        for block in 0..20 {
            (0..25).for_each(|frame| {
                let beside = clock.beside_video(block * 500 + frame * 20);
                assert!(block < 2 || beside <= block * 500 + DELAY, "{beside} in block {block}");
            });
            (0..10).for_each(|frame| clock.note_video(block * 500 + frame * 50));
        }
    }

    #[test]
    fn presentation_times_are_exact_and_never_before_decoding() {
        let mut clock = Clock::default();
        assert_eq!(times(&mut clock, 0, 80), (380 * 90, 300 * 90));
        assert_eq!(times(&mut clock, 40, 0), (340 * 90, 340 * 90));
        // From now on decoding is 40 ms earlier, as far as the decoding times go on growing.
        assert_eq!(times(&mut clock, 80, -40), (340 * 90, 340 * 90));
        assert_eq!(times(&mut clock, 120, 0), (420 * 90, 380 * 90));
        assert_eq!(times(&mut clock, 160, -40), (420 * 90, 420 * 90));
        // Finer than timestamps are.
        assert_eq!(clock.video_times(200, 45).pts, 500 * 90 + 45);
    }

    #[test]
    fn frames_at_the_same_time_are_decoded_one_after_the_other() {
        let mut clock = Clock::default();
        assert_eq!(times(&mut clock, 0, 40), (340 * 90, 300 * 90));
        assert_eq!(times(&mut clock, 0, 80), (380 * 90, 300 * 90 + 1));
    }

    #[test]
    fn senseless_times_do_no_harm() {
        let mut clock = Clock::default();
        for (timestamp, composition_time) in [(u64::MAX, i32::MIN), (0, i32::MAX), (u64::MAX - 1, i32::MAX)] {
            clock.step(timestamp);
            assert!(clock.fill(timestamp).count() < 76);
            clock.carry(timestamp, true);
            times(&mut clock, timestamp, composition_time);
            audio_times(timestamp);
            clock.beside_video(timestamp);
            clock.note_video(timestamp ^ 1 << 63);
        }
    }
}
