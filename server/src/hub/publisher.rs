//! The right to publish a stream.

use std::sync::Arc;
use std::time::Duration;

use flvgate_media::flv::Tag;
use flvgate_media::format::Format;
use tokio::sync::watch;

use super::Hub;
use super::stream::Stream;
use crate::config::Publish;

/// The right to publish one stream; dropping it ends the publication, and starts its viewers' grace period.
#[derive(Debug)]
pub struct Publisher {
    hub: Arc<Hub>,
    stream: Arc<Stream>,
    epoch: u64,
    cancelled: watch::Receiver<bool>,
}

impl Publisher {
    pub(super) const fn new(
        hub: Arc<Hub>,
        stream: Arc<Stream>,
        epoch: u64,
        cancelled: watch::Receiver<bool>,
    ) -> Self {
        Self { hub, stream, epoch, cancelled }
    }

    /// Takes the next tag to every viewer. Never waits: a viewer who cannot follow is the viewer's problem.
    pub fn push(&self, tag: Tag) {
        self.stream.push(self.epoch, tag);
    }

    /// How many viewers the stream has, of all formats.
    #[must_use]
    pub fn viewers(&self) -> u64 {
        Format::ALL.into_iter().map(|format| self.stream.viewers_of(format)).sum()
    }

    /// What the publisher may do: its vhost's rules, which a reload may have changed.
    #[must_use]
    pub fn rules(&self) -> Publish {
        self.stream.vhost().publish.clone()
    }

    /// Resolves when the stream has had no viewer for `linger`.
    pub async fn deserted(&self, linger: Duration) {
        self.stream.deserted(linger).await;
    }

    /// Ends the stream, without a grace period.
    pub fn finish(self) {
        if self.stream.vacate(self.epoch) {
            self.hub.remove(&self.stream, self.epoch);
        }
    }

    /// Resolves when another publisher has taken the stream over, or the server stops: time to disconnect.
    pub async fn cancelled(&self) {
        // The sender goes with the publication: both mean the end of this one.
        let _ = self.cancelled.clone().wait_for(|cancelled| *cancelled).await;
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        if !self.stream.vacate(self.epoch) {
            return;
        }
        let (hub, stream, epoch) = (self.hub.clone(), self.stream.clone(), self.epoch);
        let grace = stream.vhost().publish.grace_timeout;
        // Without a runtime, the process is ending, and so is the stream.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return hub.remove(&stream, epoch) };
        if grace.is_zero() {
            return hub.remove(&stream, epoch);
        }
        runtime.spawn(async move {
            tokio::time::sleep(grace).await;
            hub.remove(&stream, epoch);
        });
    }
}
