//! One stream's way to one destination: connects, sends, and tries again while the stream is published.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flvgate_media::flv::{Demuxer, Event};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use super::Job;
use super::destination::Destination;
use super::ledger::{ForwardState, Ledger};
use crate::hub::{End, Hub, PublisherInfo, StreamKey};
use crate::names::PublicUrl;
use crate::rtmp::client::{ConnectionError, PublishConnection};
use crate::shutdown::Shutdown;

/// Between two attempts; SRS's.
const RETRY: Duration = Duration::from_secs(3);

/// How much [`RETRY`] varies, to both sides, so that a server that comes back is not met by all at once.
const JITTER: Duration = Duration::from_millis(500);

/// How long a destination may take to hear the goodbye of a relay that has to stop.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);

/// One stream, and one destination of it.
pub(super) struct Relay {
    key: StreamKey,
    destination: String,
    /// The same without its secrets, for the log.
    shown: String,
    /// What the stream is called there.
    key_there: StreamKey,
    hub: Arc<Hub>,
    ledger: Arc<Ledger>,
    number: u64,
}

/// What came of a relay.
pub(super) enum Verdict {
    /// It is not wanted now: the stream is over or has no publisher, or the relay was stopped.
    Over,
    /// No attempt can succeed while this client publishes.
    Hopeless { client_id: String },
}

/// Why a connection's time is over.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error("the destination takes the stream too slowly")]
    TooSlow,
    #[error("the stream has come through too many servers")]
    TooFar,
    #[error("what the hub gave is no FLV: {0}")]
    Hub(flvgate_media::Error),
}

impl Relay {
    pub(super) fn new(job: &Job, hub: Arc<Hub>, ledger: Arc<Ledger>) -> Self {
        let Job { key, destination, vhost } = job.clone();
        let shown = destination.split_whitespace().map(|one| PublicUrl::of(one).to_string());
        let shown = shown.collect::<Vec<_>>().join(" ");
        let number = ledger.open(key.clone(), shown.clone());
        let key_there = StreamKey { vhost, ..key.clone() };
        Self { key, destination, shown, key_there, hub, ledger, number }
    }

    /// Forwards until the stream is over, or `stop`.
    pub(super) async fn run(self, stop: Shutdown) -> Verdict {
        let parsed: Result<Vec<Destination>, _> =
            self.destination.split_whitespace().map(str::parse).collect();
        let mut destinations: VecDeque<Destination> = match parsed {
            Ok(destinations) => destinations.into(),
            Err(error) => {
                warn!(stream = %self.key, %error, "forward has no destination");
                return Self::hopeless(self.hub.publication(&self.key));
            }
        };
        let mut last_error = String::new();
        // How many of them could not be reached, one after another.
        let mut unreachable = 0;
        while let Some(destination) = destinations.front() {
            // While the stream has no publisher there is nothing to send: the supervisor hears of the next one.
            let Some(publisher) = self.hub.publication(&self.key) else { return Verdict::Over };
            let Err(failure) = self.attempt(destination, &publisher, &stop).await else {
                return Verdict::Over;
            };
            let error = failure.to_string();
            if self.hub.publication(&self.key).is_none() {
                // Servers let go of one who sends nothing, and there is nothing to send.
                info!(stream = %self.key, destination = self.shown, error, "forward ended in the grace period");
                return Verdict::Over;
            }
            // A destination that is away is told of once, not every three seconds.
            if error == last_error {
                debug!(stream = %self.key, destination = self.shown, error, "forward failed again");
            } else {
                warn!(stream = %self.key, destination = self.shown, error, "forward failed");
            }
            self.ledger.note(self.number, |status| {
                status.state = ForwardState::Waiting;
                status.last_error.clone_from(&error);
            });
            if failure.is_final() {
                return Self::hopeless(Some(publisher));
            }
            last_error = error;
            if failure.is_elsewhere_better() {
                destinations.rotate_left(1);
                unreachable += 1;
                if unreachable % destinations.len() != 0 {
                    continue;
                }
            }
            tokio::select! {
                () = sleep(jittered_retry()) => {}
                () = stop.requested() => return Verdict::Over,
            }
        }
        Self::hopeless(self.hub.publication(&self.key))
    }

    /// One connection, from its beginning to its end. `Ok` when there is no more to send.
    async fn attempt(
        &self,
        destination: &Destination,
        publisher: &PublisherInfo,
        stop: &Shutdown,
    ) -> Result<(), Failure> {
        self.ledger.note(self.number, |status| status.state = ForwardState::Connecting);
        let Some(route) = self.hub.onward(&self.key, &publisher.route) else {
            return Err(Failure::TooFar);
        };
        let url = destination.url_for(&self.key_there, publisher);
        let mut connection = tokio::select! {
            opened = PublishConnection::open(url, route) => opened?,
            () = stop.requested() => return Ok(()),
        };
        info!(name: "session", stream = %self.key, destination = self.shown, "forward started");
        self.ledger.note(self.number, |status| {
            status.state = ForwardState::Publishing;
            status.connections += 1;
        });
        let sent = tokio::select! {
            sent = self.send(&mut connection) => sent,
            () = stop.requested() => Ok(()),
        };
        if sent.is_ok() {
            info!(name: "session", stream = %self.key, destination = self.shown, "forward ended");
            // Whoever does not listen is left.
            let _ = timeout(GOODBYE_TIMEOUT, connection.finish()).await;
        }
        sent
    }

    /// Sends the stream to its end.
    async fn send(&self, connection: &mut PublishConnection) -> Result<(), Failure> {
        let mut batch = Vec::new();
        // A reload may take the feed from its viewers; the stream is still there.
        while let Some(mut viewer) = self.hub.follow(&self.key) {
            let mut demuxer = Demuxer::new();
            loop {
                match connection.until(viewer.next(&mut batch)).await? {
                    Ok(()) => self.queue(&mut demuxer, &mut batch, connection)?,
                    Err(End::Withdrawn) => break,
                    Err(End::TooSlow) => return Err(Failure::TooSlow),
                    Err(End::StreamEnded | End::TracksChanged | End::Shutdown | End::Unsuitable(_)) => {
                        return Ok(());
                    }
                }
                connection.flush().await?;
            }
        }
        Ok(())
    }

    fn queue(
        &self,
        demuxer: &mut Demuxer,
        batch: &mut Vec<Bytes>,
        connection: &mut PublishConnection,
    ) -> Result<(), Failure> {
        let (mut tags, mut bytes) = (0, 0);
        for parcel in batch.drain(..) {
            let queue = |event: Event<'_>| {
                if let Event::Tag(tag) = event {
                    connection.queue_tag(tag.tag_type, tag.timestamp, &Bytes::copy_from_slice(tag.body));
                    tags += 1;
                    bytes += tag.body.len() as u64;
                }
            };
            demuxer.push(&parcel, queue).map_err(Failure::Hub)?;
        }
        self.ledger.note(self.number, |status| {
            status.tags += tags;
            status.bytes += bytes;
        });
        Ok(())
    }

    fn hopeless(publisher: Option<PublisherInfo>) -> Verdict {
        publisher.map_or(Verdict::Over, |publisher| Verdict::Hopeless { client_id: publisher.client_id })
    }
}

impl Failure {
    /// Whether it will be the same for as long as the same client publishes.
    fn is_final(&self) -> bool {
        match self {
            Self::Connection(ConnectionError::Client(error)) => error.is_loop(),
            Self::TooFar => true,
            Self::Connection(_) | Self::TooSlow | Self::Hub(_) => false,
        }
    }
}

impl Failure {
    /// Whether another destination may do what this one cannot.
    const fn is_elsewhere_better(&self) -> bool {
        match self {
            // It is there, and says no.
            Self::Connection(ConnectionError::Client(_)) => false,
            Self::Connection(_) | Self::TooSlow => true,
            Self::TooFar | Self::Hub(_) => false,
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.ledger.close(self.number);
    }
}

fn jittered_retry() -> Duration {
    let span = 2 * JITTER.as_millis() as u64;
    RETRY - JITTER + Duration::from_millis(RandomState::new().hash_one(()) % (span + 1))
}
