use alloc::vec::Vec;

/// A time in milliseconds, and the position in bytes that belongs to it.
pub(super) type Place = (i64, u64);

/// More keyframes than those of a day are not noted.
const MAX_ENTRIES: usize = 1 << 16;

/// Keyframes of a file, by time and position: as its metadata lists them, or as they were come across.
///
/// A position may be somewhat before the keyframe's tag, or a lie of the metadata: who goes there looks first.
#[derive(Clone, Debug, Default)]
pub struct KeyframeIndex {
    /// Rising in both.
    entries: Vec<Place>,
}

impl KeyframeIndex {
    /// Notes a keyframe, unless it is known, or fits in nowhere.
    pub fn learn(&mut self, time: i64, position: u64) {
        let at = self.entries.partition_point(|entry| entry.0 < time);
        let fits_behind = at == 0 || self.entries[at - 1].1 < position;
        let fits_before = self.entries.get(at).is_none_or(|next| next.0 > time && next.1 > position);
        if fits_behind && fits_before && self.entries.len() < MAX_ENTRIES {
            self.entries.insert(at, (time, position));
        }
    }

    /// The last keyframe at or before `time`, and the first behind it.
    pub(super) fn around(&self, time: i64) -> (Option<Place>, Option<Place>) {
        let at = self.entries.partition_point(|entry| entry.0 <= time);
        (at.checked_sub(1).map(|before| self.entries[before]), self.entries.get(at).copied())
    }

    /// About where the frame of that time is; 0 if nothing is known.
    pub(super) fn position_at(&self, time: i64) -> u64 {
        match self.around(time) {
            (Some(before), Some(after)) => between(before, after, time),
            (Some(before), None) => before.1,
            _ => 0,
        }
    }
}

/// The position for `time` between two that are known, as if all frames were of a size.
pub(super) fn between(low: Place, high: Place, time: i64) -> u64 {
    let part = (time - low.0).max(0) as f64 / (high.0 - low.0).max(1) as f64;
    low.1 + (high.1.saturating_sub(low.1) as f64 * part.min(1.0)) as u64
}
