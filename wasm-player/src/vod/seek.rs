use alloc::vec::Vec;

use super::index::{KeyframeIndex, Place, between};
use super::scan::TagScan;

/// A keyframe that is known and at most so far before the place is gone to straight away, in milliseconds.
const NEAR: i64 = 10_000;
/// A tag so much farther before the place than aimed at is near enough: another request costs more than the bytes.
const NEAR_ENOUGH: i64 = 4000;
/// So many bytes are quicker to read than another request is made.
const FEW_BYTES: u64 = 512 << 10;
/// How far before the place the first guess aims: about half of the usual distance between keyframes.
const FIRST_LEAD: i64 = 1500;
/// A frame is shown up to so much later than it is decoded, where there are B-frames.
const REORDERING: i64 = 200;
/// After so many requests, what is known to be before the place is played from.
const MAX_REQUESTS: u32 = 8;
/// Guesses that are no farther apart than this are the same.
const MIN_STEP: u64 = 32 << 10;

/// The way to a place in a file: over the index, or by looking at pieces and closing in by their timestamps.
///
/// Each piece is asked for from [`Seek::position`] on without an end, so that the one that proves right is played on from.
#[derive(Clone, Debug)]
pub struct Seek {
    /// A keyframe at or before this is wanted.
    goal: i64,
    /// The last that is known to be at or before the goal, and the first that is behind it.
    low: Place,
    high: Place,
    /// A keyframe before the goal that is known, or the file's start.
    floor: Place,
    /// How far before the goal to aim.
    lead: i64,
    position: u64,
    requests: u32,
    /// Bytes between what was known at the last guess.
    width: u64,
    /// Play from the first keyframe, whatever its time.
    is_settled: bool,
    scan: TagScan,
    /// A tag was found in the piece.
    is_oriented: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// More of the present piece.
    Wait,
    /// Another piece, from [`Seek::position`] on.
    Fetch,
    /// Play: these bytes, which begin at a tag at `position`, then what follows them.
    Play {
        /// Where the tag is.
        position: u64,
        /// What has come from there on.
        bytes: Vec<u8>,
    },
}

impl Seek {
    /// To `target` in a file that ends at `end`.
    pub(super) fn new(target: i64, index: &KeyframeIndex, end: Place) -> Self {
        let goal = target.min(end.0) - REORDERING;
        let (before, after) = index.around(goal);
        let floor = before.unwrap_or((0, 0));
        let mut seek = Self { high: after.unwrap_or(end), floor, low: floor, goal, ..Self::from_start() };
        seek.is_settled = goal <= 0;
        if goal - floor.0 <= NEAR {
            seek.go(floor.1);
        } else {
            seek.guess();
        }
        seek
    }

    /// To the start, which needs no knowledge of the file.
    pub(super) const fn from_start() -> Self {
        Self {
            goal: 0,
            low: (0, 0),
            high: (0, 0),
            floor: (0, 0),
            lead: FIRST_LEAD,
            position: 0,
            requests: 0,
            width: 0,
            is_settled: true,
            scan: TagScan::new(0),
            is_oriented: false,
        }
    }

    /// From where on the file is to be asked for, in bytes.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The request has to be made again, after a failure.
    pub fn restart(&mut self) {
        self.scan = TagScan::new(self.position);
        self.is_oriented = false;
    }

    /// Takes the next bytes of the piece. `offset`: the file's clock minus the tags' timestamps; `with_video`: only a video
    /// keyframe will do.
    pub fn take(&mut self, bytes: &[u8], offset: i64, with_video: bool) -> Step {
        self.scan.push(bytes);
        while let Some(tag) = self.scan.next_tag() {
            let here = (tag.time(offset), tag.position);
            if !tag.is_frame {
                continue;
            }
            if !core::mem::replace(&mut self.is_oriented, true) && !self.is_settled && !self.suits(here) {
                self.guess();
                return Step::Fetch;
            }
            if with_video && !tag.is_keyframe {
                continue;
            }
            if here.0 > self.goal && !self.is_settled {
                self.look_further_back();
                return Step::Fetch;
            }
            let scan = core::mem::replace(&mut self.scan, TagScan::new(0));
            return Step::Play { position: tag.position, bytes: scan.into_bytes() };
        }
        if self.scan.is_lost() && !self.is_settled {
            self.settle((0, 0));
            return Step::Fetch;
        }
        Step::Wait
    }

    /// The file has ended before a keyframe came; says whether another piece may have one.
    pub fn ended(&mut self) -> bool {
        let goes_on = !self.is_settled;
        if goes_on {
            self.look_further_back();
        }
        goes_on
    }

    /// Whether the piece that begins with a tag `here` is the right one; else it says where that is.
    fn suits(&mut self, here: Place) -> bool {
        if here.0 > self.goal {
            if self.low.1 >= here.1 || self.position <= self.low.1 {
                // What was taken for a place before the goal is behind it: the list of keyframes lied.
                (self.floor, self.low) = ((0, 0), (0, 0));
            }
            self.high = here;
            return false;
        }
        self.low = here;
        self.goal - here.0 <= self.lead + NEAR_ENOUGH
            || self.high.1.saturating_sub(here.1) <= FEW_BYTES
            || self.position <= self.floor.1
    }

    /// There is no keyframe between the start of this piece and the goal.
    fn look_further_back(&mut self) {
        let start = self.low;
        self.low = self.floor;
        if start.1 <= self.floor.1 + MIN_STEP {
            // Nor one at the place that was said to have one.
            self.floor = (0, 0);
            self.low = self.floor;
        }
        // What is behind the start of this piece is of no interest any more.
        self.high = start;
        self.lead = (self.goal - start.0) + 2 * self.lead;
        self.guess();
    }

    /// Aims before the goal, by the bytes between what is known.
    fn guess(&mut self) {
        if self.requests >= MAX_REQUESTS || self.high.1 <= self.low.1 + MIN_STEP {
            return self.settle(self.low);
        }
        let mut position = between(self.low, self.high, self.goal - self.lead);
        let width = self.high.1 - self.low.1;
        if width > self.width / 2 && self.requests > 1 {
            // Frames are not all of a size: halving cannot be misled.
            position = position.min(self.low.1 + width / 2);
        }
        self.width = width;
        if position <= self.floor.1 + MIN_STEP {
            return self.settle(self.floor);
        }
        self.go(position);
    }

    fn settle(&mut self, place: Place) {
        self.is_settled = true;
        self.go(place.1);
    }

    fn go(&mut self, position: u64) {
        self.position = position;
        self.requests += 1;
        self.restart();
    }
}
