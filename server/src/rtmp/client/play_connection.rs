//! The driver of a [`PlaySession`]: its socket, and how long a server may be silent.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::time::Duration;

use flvgate_media::flv::Tag;
use tokio::time::{Instant, timeout, timeout_at};

use super::connection::{SEND_TIMEOUT, authority, connect};
use super::{ClientError, ConnectionError, PlaySession, PublishUrl};
use crate::hub::Route;
use crate::rtmp::socket::{Socket, Turn};

/// How long finding the server's address, and connecting to it, may take, each; SRS's.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the server may take to agree, and later be without audio and video; SRS's.
const SILENCE: Duration = Duration::from_secs(5);

/// How long a server may take to hear that we go.
const GOODBYE_TIMEOUT: Duration = Duration::from_millis(500);

/// How often a server may send us to another one.
const MAX_REDIRECTS: usize = 3;

/// Bytes taken from the socket at once.
const READ_SIZE: usize = 64 * 1024;

/// A connection that plays one stream of a server.
#[derive(Debug)]
pub struct PlayConnection {
    asked_by: Route,
    /// How often servers have sent us on.
    redirects: usize,
    socket: Socket,
    session: PlaySession,
    input: Vec<u8>,
    /// Audio and video messages when the deadline was last put off.
    media_messages: u64,
    deadline: Instant,
    /// Comes behind the tags that came before it.
    failure: Option<ConnectionError>,
    /// Bytes taken since the last [`take_received`](Self::take_received).
    received: u64,
}

impl PlayConnection {
    /// Connects, and talks until the server plays the stream for those whose wish has come by `asked_by`. Goes where the
    /// server sends us, three times at most.
    ///
    /// # Errors
    /// When there is no such server, it refuses, or takes longer than 5 seconds for a step.
    pub async fn open(url: PublishUrl, asked_by: &Route) -> Result<Self, ConnectionError> {
        Self::open_from(url, asked_by, 0).await
    }

    /// The next tag, with the server's timestamp, which wraps at 2^32 ms. Safe to cancel when the connection is not used
    /// any more.
    ///
    /// Goes where the server sends us here too: the origins of an SRS cluster agree to play before they do.
    ///
    /// # Errors
    /// When the stream is over, or no audio and video comes for 5 seconds, or the connection breaks.
    pub async fn next_tag(&mut self) -> Result<Tag, ConnectionError> {
        loop {
            if let Some(tag) = self.session.next_tag() {
                return Ok(tag);
            }
            match self.turn("to send audio or video").await {
                Err(ConnectionError::Client(ClientError::Redirected(target)))
                    if self.redirects < MAX_REDIRECTS =>
                {
                    // Whoever has sent us on has no more to say, and is not to count us as a player.
                    let _ = timeout(GOODBYE_TIMEOUT, self.socket.finish()).await;
                    let opened = Self::open_from(*target, &self.asked_by, self.redirects + 1).await?;
                    *self = Self { received: self.received + opened.received, ..opened };
                }
                turned => turned?,
            }
        }
    }

    /// How the stream has come to the server; empty when the server does not know of routes.
    #[must_use]
    pub const fn route(&self) -> &Route {
        self.session.route()
    }

    /// Where the server is.
    ///
    /// # Errors
    /// When the socket is of no use any more.
    pub fn address(&self) -> Result<SocketAddr, ConnectionError> {
        self.socket.stream().peer_addr().map_err(ConnectionError::Socket)
    }

    /// The bytes that have come since the last call.
    pub fn take_received(&mut self) -> u64 {
        std::mem::take(&mut self.received)
    }

    /// Tells the server that we want no more.
    pub async fn finish(mut self) {
        self.session.finish();
        self.socket.queue(self.session.take_output());
        // It hears of it by the end of the connection in any case.
        let _ = timeout(GOODBYE_TIMEOUT, self.socket.finish()).await;
    }

    /// As [`open`](Self::open), after so many `redirects`.
    async fn open_from(
        mut url: PublishUrl,
        asked_by: &Route,
        mut redirects: usize,
    ) -> Result<Self, ConnectionError> {
        loop {
            match Self::open_there(url, asked_by, redirects).await {
                Err(ConnectionError::Client(ClientError::Redirected(target)))
                    if redirects < MAX_REDIRECTS =>
                {
                    redirects += 1;
                    url = *target;
                }
                opened => return opened,
            }
        }
    }

    async fn open_there(
        url: PublishUrl,
        asked_by: &Route,
        redirects: usize,
    ) -> Result<Self, ConnectionError> {
        let socket = connect(&url, CONNECT_TIMEOUT)
            .await
            .map_err(|source| ConnectionError::Connect { address: authority(&url), source })?;
        let seed = RandomState::new().hash_one(url.port);
        let mut connection = Self {
            asked_by: asked_by.clone(),
            redirects,
            socket: Socket::new(socket),
            session: PlaySession::new(url, asked_by.clone(), seed),
            input: vec![0; READ_SIZE],
            media_messages: 0,
            deadline: Instant::now() + SILENCE,
            failure: None,
            received: 0,
        };
        while !connection.session.is_playing() {
            connection.turn("to agree").await?;
        }
        connection.deadline = Instant::now() + SILENCE;
        Ok(connection)
    }

    /// Reads or writes once.
    async fn turn(&mut self, what: &'static str) -> Result<(), ConnectionError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.socket.queue(self.session.take_output());
        let turn = timeout_at(self.deadline, self.socket.turn(&mut self.input, true, SEND_TIMEOUT));
        let size = match turn.await.map_err(|_| ConnectionError::TimedOut(what))?? {
            Turn::Received(0) => return Err(ConnectionError::Closed),
            Turn::Received(size) => size,
            Turn::Sent(_) => return Ok(()),
        };
        self.received += size as u64;
        self.failure = self.session.handle_input(&self.input[..size]).err().map(Into::into);
        if self.session.media_messages() != self.media_messages {
            self.media_messages = self.session.media_messages();
            self.deadline = Instant::now() + SILENCE;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
