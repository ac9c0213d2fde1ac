//! What a stream is to its viewers: who may join which feed, and until when.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use flvgate_media::format::Format;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use super::Stream;
use crate::config::Vhost;
use crate::hub::feed::Feed;
use crate::hub::suitability::Shown;
use crate::hub::telling::Telling;
use crate::hub::{End, Unsuitable};

/// Why a stream cannot be joined.
#[derive(Debug)]
pub(in crate::hub) enum Refused {
    /// The stream is over; there may be a new one of its name.
    Ended,
    /// Nothing has come from the publisher.
    Silent,
    /// The format cannot carry it.
    Unsuitable(Unsuitable),
}

impl Stream {
    /// Joins as a viewer of `format`, once it can be told whether that can carry the stream; waits for a silent
    /// publisher until `give_up`, or at least for `guess_timeout`.
    ///
    /// The caller must [leave](Self::leave).
    pub(in crate::hub) async fn join(&self, format: Format, give_up: Instant) -> Result<Arc<Feed>, Refused> {
        self.judge(format, give_up).await?;
        let mut ingest = self.ingest();
        if ingest.end.is_some() {
            return Err(Refused::Ended);
        }
        let shown = ingest.shown;
        let feed = ingest.outlets.feed(format, &self.vhost(), &shown);
        self.viewers[format as usize].fetch_add(1, Ordering::Relaxed);
        self.audience.send_replace(());
        Ok(feed)
    }

    /// The feed of FLV, which is always there; `None` when the stream is over.
    pub(in crate::hub) fn flv(&self) -> Option<Arc<Feed>> {
        let mut ingest = self.ingest();
        let shown = ingest.shown;
        ingest.end.is_none().then(|| ingest.outlets.feed(Format::Flv, &self.vhost(), &shown))
    }

    /// A viewer of `format` leaves.
    pub(in crate::hub) fn leave(&self, format: Format) {
        self.viewers[format as usize].fetch_sub(1, Ordering::Relaxed);
        self.audience.send_replace(());
    }

    /// Resolves when there has been no viewer for `linger`.
    pub(in crate::hub) async fn deserted(&self, linger: Duration) {
        let mut audience = self.audience.subscribe();
        let is_empty = || Format::ALL.into_iter().all(|format| self.viewers_of(format) == 0);
        loop {
            // The stream holds the sender: an error cannot come.
            while !is_empty() {
                drop(audience.changed().await);
            }
            let coming = async {
                while is_empty() {
                    drop(audience.changed().await);
                }
            };
            if timeout(linger, coming).await.is_err() {
                return;
            }
        }
    }

    /// How many viewers of `format` there are.
    pub(in crate::hub) fn viewers_of(&self, format: Format) -> u64 {
        self.viewers[format as usize].load(Ordering::Relaxed)
    }

    /// What is being muxed.
    #[cfg(test)]
    pub(in crate::hub) fn formats(&self) -> Vec<Format> {
        self.ingest().outlets.feeds().map(|feed| feed.format).collect()
    }

    /// What the current publication has shown of itself.
    pub(in crate::hub) fn shown(&self) -> Shown {
        *self.shown.borrow()
    }

    /// Ends the stream for its viewers: at once, or when they have had what is there.
    pub(in crate::hub) fn finish(&self, end: End) {
        let mut ingest = self.ingest();
        ingest.end.get_or_insert(end);
        ingest.outlets.feeds().for_each(|feed| feed.finish(end));
        ingest.stop_timer();
        self.shown.send_modify(|shown| shown.ended = true);
    }

    /// Takes over the rules of `vhost`. Viewers notice only when theirs is a format that is no longer to be had.
    pub(in crate::hub) fn reconfigure(self: &Arc<Self>, vhost: &Arc<Vhost>) {
        let mut ingest = self.ingest();
        let mut current = self.vhost.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, vhost.clone());
        drop(current);
        if old == *vhost {
            return;
        }
        for format in Format::ALL {
            if old.delivers(format) && !vhost.delivers(format) {
                ingest.outlets.withdraw(format);
            }
        }
        let shown = ingest.shown;
        ingest.outlets.reconfigure(vhost, &shown);
        ingest.timeline.set_jitter(vhost.play.time_jitter);
        ingest.set_telling(Telling::of(vhost));
    }

    /// Waits until it can be told whether `format` can carry the stream, and tells.
    async fn judge(&self, format: Format, give_up: Instant) -> Result<(), Refused> {
        let mut shown: watch::Receiver<Shown> = self.shown.subscribe();
        let vhost = self.vhost();
        let give_up = give_up.max(Instant::now() + vhost.http_remux.guess_timeout);
        loop {
            let seen = *shown.borrow_and_update();
            let decided = seen.decided_at(&vhost.http_remux).unwrap_or(give_up);
            let is_decided = Instant::now() >= decided;
            if let Some(verdict) = seen.suits(format, seen.first_media.is_some() && is_decided) {
                return verdict.map_err(Refused::Unsuitable);
            }
            if seen.ended {
                return Err(Refused::Ended);
            }
            if is_decided {
                return Err(Refused::Silent);
            }
            // The stream holds the sender: an error cannot come.
            drop(timeout_at(decided, shown.changed()).await);
        }
    }
}
