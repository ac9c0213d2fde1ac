//! The timer of a stream, which tells viewers of what has been held for them long enough.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, try_id};
use tokio::time::{Instant, sleep_until};

use super::{Ingest, Stream};
use crate::hub::telling::Telling;

impl Stream {
    /// Sees to it that what is held is told in time.
    ///
    /// One timer does for all that is held while it runs. It looks again for as long as there was anything in between,
    /// told meanwhile or not: a timer for each tag that is held would cost more than what is saved by holding it.
    pub(super) fn tell_in_time(self: &Arc<Self>, ingest: &mut Ingest) {
        if ingest.timer.as_ref().is_some_and(|timer| !timer.is_finished()) {
            return;
        }
        let patience = ingest.telling.patience();
        if let Some(due) = ingest.outlets.held_until(patience) {
            let timer = tokio::spawn(tell_held(self.clone(), due, patience));
            ingest.timer = Some(timer.abort_handle());
        }
    }

    /// Tells of what has been held for `patience`; when to look again, unless there is no need to.
    fn tell_overdue(&self, patience: Duration) -> Option<Instant> {
        let mut ingest = self.ingest();
        let next = ingest.outlets.tell_overdue(patience, Instant::now());
        // It may have been stopped while it waited for the lock, and there may be another by now.
        if next.is_none() && ingest.timer.as_ref().map(AbortHandle::id) == try_id() {
            ingest.timer = None;
        }
        next
    }
}

impl Ingest {
    /// Viewers are told by another rule from now on, and at once of what was held by the last.
    pub(super) fn set_telling(&mut self, telling: Telling) {
        if telling != self.telling {
            self.telling = telling;
            self.stop_timer();
            self.outlets.tell_held();
        }
    }

    pub(super) fn stop_timer(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.abort();
        }
    }
}

async fn tell_held(stream: Arc<Stream>, mut due: Instant, patience: Duration) {
    loop {
        sleep_until(due).await;
        let Some(next) = stream.tell_overdue(patience) else { return };
        due = next;
    }
}
