//! How much media a ring has been given, whatever its timestamps are.

use flvgate_media::flv::TagType;
use flvgate_media::format::Content;

use crate::hub::preamble::track_of;

/// A step of a track that is longer is none, in milliseconds: the slowest camera has a frame a minute, and a clock that was
/// set must not make a ring let go of everything.
const LONGEST_STEP: u64 = 60_000;

/// A step back of more than this is no reordering of frames, in milliseconds: the track goes on from there.
const REORDERING: u64 = 1000;

/// How far one track's media may be behind another's, in milliseconds, and still be behind it when it goes on: tracks
/// come in blocks, and one that was away does not make up for the time.
const BLOCK: u64 = 5000;

/// Counts the milliseconds of media that have come. It never goes back, and goes no faster than the fastest track does,
/// however far the timestamps of two tracks are apart.
#[derive(Debug, Default)]
pub(super) struct MediaClock {
    now: u64,
    audio: Option<TrackClock>,
    video: Option<TrackClock>,
}

#[derive(Clone, Copy, Debug)]
struct TrackClock {
    /// The track's newest timestamp.
    newest: u64,
    /// What the clock was by this track alone.
    now: u64,
}

impl MediaClock {
    /// The time of what came last.
    pub(super) const fn now(&self) -> u64 {
        self.now
    }

    /// The time at `content` of this timestamp. Setup has no time of its own.
    pub(super) fn pass(&mut self, content: Content, timestamp: u64) -> u64 {
        let track = match (content, track_of(content)) {
            (Content::Setup(..), _) | (_, TagType::Script) => return self.now,
            (_, TagType::Audio) => &mut self.audio,
            (_, TagType::Video) => &mut self.video,
        };
        let known = track.get_or_insert(TrackClock { newest: timestamp, now: self.now });
        if timestamp >= known.newest {
            let step = Some(timestamp - known.newest).filter(|&step| step <= LONGEST_STEP).unwrap_or(0);
            known.now = known.now.max(self.now.saturating_sub(BLOCK)).saturating_add(step);
            known.newest = timestamp;
        } else if known.newest - timestamp > REORDERING {
            known.newest = timestamp;
        }
        self.now = self.now.max(known.now);
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass_all(timestamps: &[(Content, u64)]) -> Vec<u64> {
        let mut clock = MediaClock::default();
        timestamps.iter().map(|&(content, timestamp)| clock.pass(content, timestamp)).collect()
    }

    #[test]
    fn tracks_that_are_ten_minutes_apart_make_one_clock() {
        use Content::{Audio, Keyframe, Video};
        let times = pass_all(&[(Keyframe, 0), (Audio, 600_000), (Video, 40), (Audio, 600_023), (Video, 80)]);
        assert_eq!(times, [0, 0, 40, 40, 80]);
    }

    #[test]
    fn it_stands_when_timestamps_do_and_goes_on_behind_a_step_back() {
        use Content::Video;
        assert_eq!(pass_all(&[(Video, 7), (Video, 7), (Video, 7)]), [0, 0, 0]);
        // Reordered frames, then a clock that was set back, then one that was set forward.
        assert_eq!(pass_all(&[(Video, 5000), (Video, 4960), (Video, 5040)]), [0, 0, 40]);
        assert_eq!(pass_all(&[(Video, 5000), (Video, 100), (Video, 140), (Video, u64::MAX)]), [0, 0, 40, 40]);
    }

    #[test]
    fn setup_does_not_move_it_and_a_track_in_blocks_does_not_hurry_it() {
        let setup = Content::Setup(TagType::Video, 0);
        let (audio, video) = (Content::Audio, Content::Video);
        assert_eq!(
            pass_all(&[(audio, 0), (setup, 900), (audio, 500), (video, 0), (video, 500), (audio, 1000)]),
            [0, 0, 500, 500, 1000, 1000],
            "video begins with what is new when it shows"
        );
    }
}
