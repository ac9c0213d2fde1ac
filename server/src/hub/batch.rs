//! What a look at a feed has taken, for a viewer and for all who stand where it stood.

use std::sync::Arc;

use bytes::Bytes;

use super::preamble::Preamble;
use super::viewer::{Late, Tracks};

/// Parcels on their way to viewers. Viewers at the live edge of a feed all want the same ones: the first of them takes them
/// from the feed, the others from here.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) parcels: Vec<Bytes>,
    pub(super) bytes: usize,
    pub(super) is_all: bool,
    pub(super) step: Option<Step>,
    serial: u64,
    is_new: bool,
}

/// From where to where a viewer goes with a batch.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) feed: u64,
    pub(super) tracks: Tracks,
    pub(super) late: Option<Late>,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) hold: Arc<()>,
    pub(super) time: Option<u64>,
    pub(super) preamble: Arc<Preamble>,
}

impl Batch {
    /// Ready parcels, in order.
    #[must_use]
    pub fn parcels(&self) -> &[Bytes] {
        &self.parcels
    }

    /// How many bytes the parcels have together.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there was nothing more for who took this.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.is_all
    }

    /// Whether the viewer who has it now is the first.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// Another number when the parcels are others.
    #[must_use]
    pub const fn serial(&self) -> u64 {
        self.serial
    }

    /// Forgets the parcels: the feed may have more by now.
    pub fn clear(&mut self) {
        self.parcels.clear();
        self.bytes = 0;
        self.is_all = false;
        self.step = None;
        self.is_new = true;
        self.serial += 1;
    }

    pub(super) const fn note_shared(&mut self) {
        self.is_new = false;
    }
}
