//! What a writer needs for one seat at a time, and what seats have in common.

use bytes::Bytes;
use tokio::time::Instant;

use super::{Framing, Outbox};
use crate::hub::Batch;

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
    framed: [Option<Bytes>; 3],
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

    /// The batch in one piece, if more viewers than one get it: for one alone it is not worth the copy.
    pub(super) fn shared(&mut self, framing: Framing) -> Option<&Bytes> {
        if self.batch.is_new() {
            return None;
        }
        if self.serial != self.batch.serial() {
            self.serial = self.batch.serial();
            self.framed = [const { None }; 3];
        }
        let framed = &mut self.framed[framing as usize];
        Some(framed.get_or_insert_with(|| {
            let mut outbox = Outbox::default();
            outbox.push(framing, self.batch.parcels());
            outbox.concat()
        }))
    }
}
