//! Viewers who stand at the same place, and get the same.

use std::sync::Arc;

use super::{Next, Viewer};
use crate::hub::End;
use crate::hub::batch::{Batch, Step};

impl Viewer {
    /// As [`next`](Self::next), without waiting, and into a batch that the viewers of a feed may share: for a task that
    /// serves many.
    ///
    /// A batch that holds what this viewer wants next is left as it is, and given to it too. Who serves others with it
    /// [clears](Batch::clear) it when the feed has news.
    ///
    /// So that nothing is missed, watch the feed [from before](Self::watch_feed) the look on.
    ///
    /// # Errors
    /// [`End`], when there will be no more.
    pub fn poll_next(&mut self, batch: &mut Batch) -> Result<Next, End> {
        if self.follow_others(batch) {
            return Ok(Next::Taken);
        }
        batch.clear();
        let from = self.place.as_ref().filter(|place| place.is_common()).map(|place| place.cursor);
        let skips = self.progress.skips();
        let (next, is_all) = self.look(&mut batch.taken)?;
        batch.is_all = is_all;
        batch.bytes = batch.taken.bytes();
        batch.step =
            self.place.as_ref().zip(from).filter(|_| self.progress.skips() == skips).map(|(place, from)| {
                Step {
                    feed: self.feed.id,
                    tracks: place.tracks,
                    late: place.late,
                    from,
                    to: place.cursor,
                    hold: place.hold.clone(),
                    time: place.passed,
                    preamble: place.preamble.clone(),
                }
            });
        Ok(next)
    }

    /// Goes with those who stood at the same place; whether there are any, and `batch` is what they have got.
    fn follow_others(&mut self, batch: &mut Batch) -> bool {
        if !self.clock.is_decided() {
            return false;
        }
        let (Some(place), Some(step)) = (&mut self.place, &batch.step) else { return false };
        let same = place.cursor == step.from
            && place.tracks == step.tracks
            && place.late.is_some() == step.late.is_some()
            && self.feed.id == step.feed;
        if !same || !place.is_common() || batch.taken.is_empty() {
            return false;
        }
        place.cursor = step.to;
        place.late = step.late;
        if !Arc::ptr_eq(&place.hold, &step.hold) {
            place.hold = step.hold.clone();
        }
        place.passed = step.time;
        if !Arc::ptr_eq(&place.preamble, &step.preamble) {
            place.preamble = step.preamble.clone();
        }
        if let Some(time) = step.time {
            self.progress.pass(time);
        }
        if batch.is_all {
            self.skips_in_a_row = 0;
        }
        self.note_sent(batch.bytes as u64);
        batch.note_shared();
        true
    }
}
