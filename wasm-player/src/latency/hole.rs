//! The way out of where nothing is buffered.

use super::playback::range_at;
use super::{Controller, Playback, SEEK_INTERVAL, STALL_AHEAD};

/// At a range's end by this much, the playhead stands before a hole.
const HOLE_EDGE: f64 = 0.1;
/// After a seek the element needs a moment until its own state follows.
const SEEK_SETTLE: f64 = 0.5;

impl Controller {
    /// Where to go when the playhead stands where nothing is buffered, or at the end of a range with another after it.
    pub(super) fn way_out_of_a_hole(
        &self,
        playback: &Playback<'_>,
        first_start: f64,
        live_position: f64,
    ) -> Option<f64> {
        if playback.now - self.last_seek < SEEK_SETTLE {
            return None;
        }
        let time = playback.current_time;
        if time < first_start {
            return Some(live_position);
        }
        match range_at(playback.buffered, time) {
            Some(index) => {
                let (_, end) = playback.buffered[index];
                let &(next_start, _) = playback.buffered.get(index + 1)?;
                let edge = if self.stands(playback.now) { STALL_AHEAD } else { HOLE_EDGE };
                (playback.playing && end - time < edge).then(|| live_position.max(next_start))
            }
            // Beyond the end of everything by more than a frame or two: the timeline began anew.
            None => (playback.buffered.iter().any(|&(start, _)| start > time)
                || playback.buffered.last().is_some_and(|&(_, end)| time - end > SEEK_INTERVAL))
            .then_some(live_position),
        }
    }
}
