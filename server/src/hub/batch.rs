//! What a look at a feed has taken, for a viewer and for all who stand where it stood.

use std::sync::Arc;

use bytes::Bytes;
use flvgate_media::flv::{TAG_HEADER_LEN, set_timestamp};

use super::preamble::Preamble;
use super::viewer::{Late, Tracks, ViewerClock};

/// Parcels on their way to viewers. Viewers at the live edge of a feed all want the same ones: the first of them takes them
/// from the feed, the others from here.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) taken: Taken,
    pub(super) bytes: usize,
    pub(super) is_all: bool,
    pub(super) step: Option<Step>,
    serial: u64,
    is_new: bool,
}

/// Ready parcels, in order, with their times on the stream's timeline; what has no time of its own has none.
#[derive(Debug, Default)]
pub(super) struct Taken {
    parcels: Vec<Bytes>,
    times: Vec<Option<u64>>,
}

/// The first bytes of a parcel as one viewer gets it: the header of a tag, with that viewer's timestamp.
pub type OwnHead = [u8; TAG_HEADER_LEN];

/// Parcels as one viewer gets them: shared with all others, but for [heads](OwnHead) of the viewer's own.
#[derive(Clone, Copy, Debug)]
pub struct Parcels<'a> {
    parcels: &'a [Bytes],
    times: &'a [Option<u64>],
    clock: ViewerClock,
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
    /// Ready parcels, in order, with the stream's timestamps.
    #[must_use]
    pub fn parcels(&self) -> &[Bytes] {
        &self.taken.parcels
    }

    /// When each of the parcels is, on the stream's timeline; those that have a time begin with a tag's header.
    #[must_use]
    pub fn times(&self) -> &[Option<u64>] {
        &self.taken.times
    }

    /// The same parcels as a viewer of `clock` gets them.
    #[must_use]
    pub fn parcels_at(&self, clock: ViewerClock) -> Parcels<'_> {
        self.taken.at(clock)
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
        self.taken.parcels.clear();
        self.taken.times.clear();
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

impl Taken {
    /// Appends what is the same at any time.
    pub(super) fn push(&mut self, parcel: Bytes) {
        self.parcels.push(parcel);
        self.times.push(None);
    }

    /// Appends what is for `time`.
    pub(super) fn push_at(&mut self, parcel: Bytes, time: u64) {
        self.parcels.push(parcel);
        self.times.push(Some(time));
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.parcels.is_empty()
    }

    /// How many bytes the parcels have together.
    pub(super) fn bytes(&self) -> usize {
        self.parcels.iter().map(Bytes::len).sum()
    }

    pub(super) fn at(&self, clock: ViewerClock) -> Parcels<'_> {
        Parcels { parcels: &self.parcels, times: &self.times, clock }
    }
}

impl<'a> From<&'a [Bytes]> for Parcels<'a> {
    fn from(parcels: &'a [Bytes]) -> Self {
        Self { parcels, times: &[], clock: ViewerClock::Stream }
    }
}

impl<'a> Parcels<'a> {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.parcels.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.parcels.is_empty()
    }

    /// Each parcel, and the head that goes out in place of its first bytes; of equal length, where there is one.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Option<OwnHead>, &'a Bytes)> + Clone + use<'a> {
        let Self { parcels, times, clock } = *self;
        parcels.iter().enumerate().map(move |(index, parcel)| {
            let time = times.get(index).copied().flatten().filter(|_| clock != ViewerClock::Stream);
            (time.and_then(|time| own_head(parcel, clock.read(time))), parcel)
        })
    }
}

/// The head of `tag` at `timestamp`, unless it is its own.
fn own_head(tag: &[u8], timestamp: u64) -> Option<OwnHead> {
    let mut head: OwnHead = *tag.first_chunk()?;
    set_timestamp(&mut head, timestamp);
    (!tag.starts_with(&head)).then_some(head)
}
