//! Where a file can be entered: by byte or by time, at the keyframe at or before.

use alloc::vec::Vec;

use super::walk::{Entry, Walk};
use crate::{Error, Result};

/// How many entries an index holds; of a file with more it holds some, evenly spaced.
const MAX_ENTRIES: usize = 4096;

/// Where in a file a player wants to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// So many bytes from the start of the file.
    Byte(u64),
    /// So many milliseconds after the file's first frame, by the tags' timestamps: what `keyframes.times` is about, not when
    /// a frame is shown.
    Time(u64),
}

/// A file's entries, as far as it has been looked at. Its size is bounded, whatever the file's.
#[derive(Clone, Debug)]
pub struct Index {
    walk: Walk,
    /// In the order of the file.
    entries: Vec<Entry>,
    /// Entries that are closer than this to the one before, in bytes, are left out.
    spacing: u64,
    /// The largest timestamp of an entry, left out or not.
    furthest: Option<u32>,
    damage: Option<Error>,
}

/// The search for the last entry at or before a place, from the nearest one that the index holds.
#[derive(Clone, Debug)]
pub struct Search {
    walk: Walk,
    start: Start,
    found: Entry,
}

impl Index {
    /// Of a file of `file_len` bytes, none of which has been looked at.
    #[must_use]
    pub fn new(file_len: u64) -> Self {
        Self { walk: Walk::new(file_len), entries: Vec::new(), spacing: 0, furthest: None, damage: None }
    }

    /// Where the file is to be looked at next; `None` when it has been to its end, or to where it is damaged.
    #[must_use]
    pub const fn position(&self) -> Option<u64> {
        self.walk.position()
    }

    /// Takes the bytes at [`position`](Self::position), as [`Walk::look`] does.
    pub fn look(&mut self, bytes: &[u8]) {
        match self.walk.look(bytes) {
            Ok(Some(entry)) => self.add(entry),
            Ok(None) => {}
            Err(error) => self.damage = Some(error),
        }
    }

    /// The walk that the index has come of.
    #[must_use]
    pub const fn walk(&self) -> &Walk {
        &self.walk
    }

    /// What is wrong with the file at the place up to which it could be read.
    #[must_use]
    pub const fn damage(&self) -> Option<Error> {
        self.damage
    }

    /// Whether enough of the file has been looked at to know where to begin for `start`.
    #[must_use]
    pub fn covers(&self, start: Start) -> bool {
        let Some(position) = self.position() else { return true };
        match start {
            Start::Byte(byte) => position > byte,
            Start::Time(_) => {
                self.furthest.is_some_and(|timestamp| !is_reached(&self.walk, start, 0, timestamp))
            }
        }
    }

    /// Begins the search for the last entry at or before `start`; `None` when all entries are behind it.
    #[must_use]
    pub fn search(&self, start: Start) -> Option<Search> {
        let reached = |entry: &&Entry| is_reached(&self.walk, start, entry.position, entry.timestamp);
        let found = self.entries.iter().take_while(reached).last()?;
        Some(Search { walk: self.walk.again_from(found), start, found: *found })
    }

    fn add(&mut self, entry: Entry) {
        self.furthest = self.furthest.max(Some(entry.timestamp));
        if self.entries.last().is_some_and(|last| entry.position - last.position < self.spacing) {
            return;
        }
        if self.entries.len() == MAX_ENTRIES {
            let mut index = 0;
            self.entries.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            // Twice as far apart as those that are left, so that this happens a few times per file only.
            self.spacing = 2 * entry.position / MAX_ENTRIES as u64;
        }
        self.entries.push(entry);
    }
}

impl Search {
    /// Where the file is to be looked at next; `None` when the search is over.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        let position = self.walk.position()?;
        match self.start {
            Start::Byte(byte) if position > byte => None,
            _ => Some(position),
        }
    }

    /// Takes the bytes at [`position`](Self::position), as [`Walk::look`] does; returns whether to go on.
    ///
    /// # Errors
    /// When the bytes are no FLV; what was [found](Self::found) by then holds.
    pub fn look(&mut self, bytes: &[u8]) -> Result<bool> {
        let Some(entry) = self.walk.look(bytes)? else { return Ok(true) };
        let reached = is_reached(&self.walk, self.start, entry.position, entry.timestamp);
        if reached {
            self.found = entry;
        }
        Ok(reached)
    }

    /// The last entry at or before the place, as far as has been looked.
    #[must_use]
    pub const fn found(&self) -> &Entry {
        &self.found
    }
}

/// Whether an entry is at or before `start`.
fn is_reached(walk: &Walk, start: Start, position: u64, timestamp: u32) -> bool {
    match start {
        Start::Byte(byte) => position <= byte,
        Start::Time(time) => u64::from(timestamp.saturating_sub(walk.first_timestamp().unwrap_or(0))) <= time,
    }
}

#[cfg(test)]
mod tests;
