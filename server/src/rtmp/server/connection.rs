use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::debug;

use super::end::End;
use super::publication::Publication;
use crate::connections::Place;
use crate::hub::Hub;
use crate::rtmp::session::{Event, Session};
use crate::rtmp::socket::{Socket, SocketError, Turn};
use crate::settings::Settings;
use crate::shutdown::Shutdown;

/// Bytes taken from the socket at once.
const READ_SIZE: usize = 64 * 1024;

/// How long a peer that we have disconnected may take to read why.
const LINGER: Duration = Duration::from_secs(1);

/// One client's socket, and its place in the hub.
pub(super) struct Connection {
    pub(super) socket: Socket,
    pub(super) session: Session,
    pub(super) hub: Arc<Hub>,
    pub(super) settings: Settings,
    pub(super) shutdown: Shutdown,
    pub(super) address: SocketAddr,
    /// Among all connections.
    pub(super) place: Place,
    pub(super) client_id: String,
    pub(super) phase: Phase,
    pub(super) deadline: Instant,
}

/// What the connection is about, which decides how long it may be silent.
pub(super) enum Phase {
    Handshake,
    /// From the handshake to the first `publish`: time for all of it, however busy the client is.
    Connecting,
    /// Behind an unpublish, or a publication that is about to begin again.
    Between,
    Publishing(Box<Publication>),
}

impl Connection {
    pub(super) fn new(
        socket: TcpStream,
        address: SocketAddr,
        place: Place,
        settings: Settings,
        hub: Arc<Hub>,
        shutdown: Shutdown,
    ) -> Self {
        let config = settings.current();
        let seed = RandomState::new().hash_one(address);
        let deadline = Instant::now() + config.rtmp.limits.handshake_timeout;
        Self {
            socket: Socket::new(socket),
            session: Session::new(config, seed),
            settings,
            shutdown,
            address,
            place,
            client_id: hub.clients().new_id(),
            hub,
            phase: Phase::Handshake,
            deadline,
        }
    }

    /// Serves the client until it goes, or has to.
    pub(super) async fn run(mut self) {
        // Answers are small, and a client waits for each.
        if let Err(error) = self.socket.stream().set_nodelay(true) {
            debug!(client = self.client_id, %error, "TCP_NODELAY");
        }
        let end = self.exchange().await;
        self.report_end(&end);
        self.end_publication(&end);
        let ignored = self.session.counters().ignored;
        debug!(client = self.client_id, address = %self.address, ignored, reason = %end, "RTMP connection ended");
        self.part(&end).await;
    }

    async fn exchange(&mut self) -> End {
        let mut buffer = vec![0; READ_SIZE];
        loop {
            self.socket.queue(self.session.take_output());
            let send_timeout = self.send_timeout();
            let turn = tokio::select! {
                turn = timeout_at(self.deadline, self.socket.turn(&mut buffer, true, send_timeout)) => turn,
                // A shutdown takes every stream from its publisher, too, and that may be heard of first.
                end = called_off(&self.phase) => return self.or_shutdown(end),
                () = self.shutdown.requested() => return End::Shutdown,
            };
            let done = match turn {
                Ok(Ok(Turn::Received(0))) => Err(End::ClosedByPeer),
                Ok(Ok(Turn::Received(size))) => self.take(&buffer[..size]).await,
                Ok(Ok(Turn::Sent(size))) => {
                    self.note_sent(size);
                    Ok(())
                }
                Ok(Err(error)) => Err(error.into()),
                Err(_) => Err(End::TimedOut(self.phase.waits_for())),
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    fn or_shutdown(&self, end: End) -> End {
        if self.shutdown.is_requested() { End::Shutdown } else { end }
    }

    /// How old what is to be sent may get.
    pub(super) fn send_timeout(&self) -> Duration {
        self.settings.current().http_server.http.send_timeout
    }

    fn note_sent(&self, bytes: usize) {
        if let Phase::Publishing(publication) = &self.phase {
            publication.registration.client().traffic().add_sent(bytes as u64);
        }
    }

    /// Gives bytes to the session, and does what comes of them.
    async fn take(&mut self, bytes: &[u8]) -> Result<(), End> {
        // A connection may live longer than the configuration that it began under.
        self.session.replace_config(self.settings.current());
        let outcome = self.session.handle_input(bytes);
        if let Phase::Publishing(publication) = &self.phase {
            publication.registration.client().traffic().add_received(bytes.len() as u64);
        }
        while let Some(event) = self.session.next_event() {
            self.handle_event(event).await?;
        }
        self.renew_deadline();
        if self.is_unwatched() {
            return Err(End::Unwatched);
        }
        outcome.map_err(End::Protocol)
    }

    async fn handle_event(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Publish(request) => self.publish(request).await,
            Event::Play(request) => {
                self.phase = Phase::Between;
                self.play(request).await
            }
            // A play ends where it is served.
            Event::StopPlay => Ok(()),
            Event::Tag(tag) => {
                if let Phase::Publishing(publication) = &self.phase {
                    publication.publisher.push(tag);
                }
                Ok(())
            }
            Event::Unpublish => {
                self.end_publication(&"unpublished");
                self.phase = Phase::Between;
                Ok(())
            }
            Event::Refused(refused) => Err(self.report_refused(&refused)),
            Event::Declined(refused) => {
                self.report(&refused);
                Ok(())
            }
        }
    }

    fn renew_deadline(&mut self) {
        let counters = self.session.counters();
        let idle_timeout = self.settings.current().rtmp.limits.idle_timeout;
        match &mut self.phase {
            Phase::Handshake if self.session.is_connected() => {
                self.phase = Phase::Connecting;
                self.deadline = Instant::now() + idle_timeout;
            }
            Phase::Between => self.deadline = Instant::now() + idle_timeout,
            Phase::Publishing(publication) if publication.media_messages != counters.media_messages => {
                publication.media_messages = counters.media_messages;
                self.deadline = Instant::now() + publication.publisher.rules().normal_timeout;
            }
            Phase::Handshake | Phase::Connecting | Phase::Publishing(_) => {}
        }
    }

    /// Tells the client why, where there is a way to.
    async fn part(mut self, end: &End) {
        match end {
            End::ClosedByPeer | End::Socket(_) => return,
            // The session has put the reason into its output already.
            End::Refused(_) => {}
            End::Protocol(_)
            | End::TimedOut(_)
            | End::TakenOver
            | End::Kicked
            | End::Unwatched
            | End::TooSlow
            | End::Shutdown => {
                self.session.close(&end.to_string());
            }
        }
        // Behind a message that a player has begun to get, which must come whole before anything else.
        self.socket.queue(self.session.take_output());
        let goodbye = async {
            self.socket.finish().await?;
            self.socket.drain(&mut vec![0; READ_SIZE]).await
        };
        // It is gone either way.
        let _ = timeout(LINGER, goodbye).await;
    }
}

impl Phase {
    const fn waits_for(&self) -> &'static str {
        match self {
            Self::Handshake => "the handshake",
            Self::Connecting => "the client to publish or play",
            Self::Between => "the client to say something",
            Self::Publishing(_) => "audio or video",
        }
    }
}

/// Resolves when the client has to go, whatever it does.
async fn called_off(phase: &Phase) -> End {
    let Phase::Publishing(publication) = phase else { return std::future::pending().await };
    tokio::select! {
        () = publication.publisher.cancelled() => End::TakenOver,
        () = publication.registration.kicked() => End::Kicked,
    }
}

impl From<SocketError> for End {
    fn from(error: SocketError) -> Self {
        match error {
            SocketError::Read(error) | SocketError::Write(error) => Self::Socket(error),
            SocketError::Stalled => Self::TimedOut("the client to take what it is sent"),
        }
    }
}
