//! What a writer needs for one seat at a time, and what seats have in common.

use bytes::{Bytes, BytesMut};
use flvgate_media::flv::set_timestamp;
use tokio::time::Instant;

use super::{Framing, Outbox};
use crate::hub::{Batch, ViewerClock};

/// Bytes of one read. Viewers have little to say.
const READ_BUFFER: usize = 1024;

/// Lent to each seat while it is served.
pub(super) struct Scratch {
    pub(super) batch: Batch,
    /// Empty between turns: a seat whose socket takes all needs none of its own.
    pub(super) outbox: Outbox,
    pub(super) input: [u8; READ_BUFFER],
    /// The time at which the writer began its round, which is near enough for statistics.
    pub(super) now: Instant,
    /// The batch in one piece, by framing.
    framed: [Option<Framed>; 3],
    /// Of which batch.
    serial: u64,
}

impl Scratch {
    pub(super) fn new() -> Self {
        Self {
            batch: Batch::default(),
            outbox: Outbox::default(),
            input: [0; READ_BUFFER],
            now: Instant::now(),
            framed: [const { None }; 3],
            serial: 0,
        }
    }

    /// The feed may have news.
    pub(super) fn renew(&mut self) {
        self.batch.clear();
        self.now = Instant::now();
    }

    /// The batch in one piece, as a viewer of `clock` gets it, if more viewers than one get it: for one alone it is not
    /// worth the copy.
    pub(super) fn shared(&mut self, framing: Framing, clock: ViewerClock) -> Option<&Bytes> {
        if self.batch.is_new() {
            return None;
        }
        if self.serial != self.batch.serial() {
            self.serial = self.batch.serial();
            self.framed = [const { None }; 3];
        }
        let framed = self.framed[framing as usize].get_or_insert_with(|| Framed::new(framing, &self.batch));
        framed.set_clock(clock);
        Some(&framed.bytes)
    }
}

/// A batch in one piece, as viewers of one clock get it.
#[derive(Debug)]
struct Framed {
    bytes: Bytes,
    /// Where tags begin, and when they are on the stream's timeline.
    tags: Vec<(usize, u64)>,
    clock: ViewerClock,
}

impl Framed {
    fn new(framing: Framing, batch: &Batch) -> Self {
        let mut outbox = Outbox::default();
        outbox.push(framing, batch.parcels());
        let (bytes, parcels) = outbox.concat();
        let times = batch.parcels().iter().zip(batch.times()).filter(|(parcel, _)| !parcel.is_empty());
        let tags = parcels.into_iter().zip(times).filter_map(|(at, (_, &time))| Some((at, time?)));
        Self { bytes, tags: tags.collect(), clock: ViewerClock::Stream }
    }

    /// Writes the timestamps of `clock`, in place: the kernel copies what it sends, and so does a TLS session. A copy is
    /// made for the first viewer of each clock only where somebody still has the bytes: an answer over HTTP/2.
    fn set_clock(&mut self, clock: ViewerClock) {
        if self.clock == clock {
            return;
        }
        self.clock = clock;
        let bytes = std::mem::take(&mut self.bytes);
        let mut bytes = bytes.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        for &(at, time) in &self.tags {
            set_timestamp(&mut bytes[at..], clock.read(time));
        }
        self.bytes = bytes.freeze();
    }
}

#[cfg(test)]
mod tests;
