//! The media element as the controller sees it.

/// What the media element says at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Playback<'a> {
    /// Any monotonic clock.
    pub now: f64,
    /// The buffered ranges, in order, as (start, end).
    pub buffered: &'a [(f64, f64)],
    /// The playhead.
    pub current_time: f64,
    /// Whether the element is meant to advance: not paused, and not amid a seek.
    pub playing: bool,
}

/// What to do to the media element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    None,
    /// Set `playbackRate`.
    Rate(f64),
    /// Set `currentTime`, and the rate back to 1.
    Seek(f64),
}

/// The index of the range that holds `time`.
pub(super) fn range_at(buffered: &[(f64, f64)], time: f64) -> Option<usize> {
    buffered.iter().position(|&(start, end)| start <= time && time <= end)
}

/// How much is buffered from `time` on without a hole, in seconds.
#[must_use]
pub fn ahead(buffered: &[(f64, f64)], time: f64) -> f64 {
    range_at(buffered, time).map_or(0.0, |index| buffered[index].1 - time)
}
