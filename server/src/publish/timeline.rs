use flvgate_media::flv::TagType;

/// The step from the last tag of a file to the first of the next round when a track had only one tag, in milliseconds.
const DEFAULT_STEP: u64 = 40;

/// Maps a file's timestamps to one clock that goes on from round to round.
#[derive(Debug)]
pub(super) struct Timeline {
    /// Where this round begins.
    start: u64,
    /// The last timestamp of the file, and how far it is from the first one, negative ones included.
    last: Option<(u32, i64)>,
    audio: Track,
    video: Track,
}

#[derive(Debug, Default)]
struct Track {
    last: Option<u64>,
    step: Option<u64>,
}

impl Timeline {
    /// A clock whose first audio or video tag has `start`, in milliseconds.
    pub(super) const fn new(start: u64) -> Self {
        Self { start, last: None, audio: Track::new(), video: Track::new() }
    }

    /// The time of the next tag of the file, which has `timestamp`, modulo 2^32.
    pub(super) fn time_of(&mut self, tag_type: TagType, timestamp: u32) -> u64 {
        if tag_type == TagType::Script {
            // Metadata stands at 0 in files that begin anywhere: it must not set the clock.
            return self.start.saturating_add_signed(self.last.map_or(0, |(_, distance)| distance.max(0)));
        }
        let distance = match self.last {
            Some((last, distance)) => distance + i64::from(timestamp.wrapping_sub(last).cast_signed()),
            None => 0,
        };
        self.last = Some((timestamp, distance));
        let time = self.start.saturating_add_signed(distance.max(0));
        let track = if tag_type == TagType::Audio { &mut self.audio } else { &mut self.video };
        track.note(time);
        time
    }

    /// The file begins again: its first tag comes one frame behind its last one.
    pub(super) fn restart(&mut self) {
        let ends = [&self.audio, &self.video].into_iter().filter_map(Track::end);
        self.start = ends.max().unwrap_or(self.start);
        self.last = None;
    }
}

impl Track {
    const fn new() -> Self {
        Self { last: None, step: None }
    }

    fn note(&mut self, time: u64) {
        if let Some(step) = self.last.and_then(|last| time.checked_sub(last)).filter(|&step| step > 0) {
            self.step = Some(step);
        }
        self.last = self.last.max(Some(time));
    }

    fn end(&self) -> Option<u64> {
        Some(self.last? + self.step.unwrap_or(DEFAULT_STEP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_round_begins_one_frame_behind_the_last_tag() {
        let mut timeline = Timeline::new(1000);
        let round = |timeline: &mut Timeline| {
            [
                timeline.time_of(TagType::Script, 0),
                timeline.time_of(TagType::Video, 5000),
                timeline.time_of(TagType::Audio, 5003),
                timeline.time_of(TagType::Video, 5040),
                timeline.time_of(TagType::Audio, 5026),
            ]
        };
        assert_eq!(round(&mut timeline), [1000, 1000, 1003, 1040, 1026]);
        timeline.restart();
        assert_eq!(round(&mut timeline), [1080, 1080, 1083, 1120, 1106]);
    }

    #[test]
    fn a_file_may_wrap_and_step_back_before_its_start() {
        let mut timeline = Timeline::new(0);
        assert_eq!(timeline.time_of(TagType::Video, u32::MAX - 9), 0);
        assert_eq!(timeline.time_of(TagType::Audio, u32::MAX - 19), 0);
        assert_eq!(timeline.time_of(TagType::Video, 30), 40);
    }
}
