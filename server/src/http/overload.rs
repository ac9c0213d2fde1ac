//! What happens to connections that are one too many.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::connections::TooMany;

/// How many may be told at once that there is no room; more are just closed.
const MAX_REFUSALS_AT_ONCE: usize = 64;

/// How long one that is told may take to hear it.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// A fatal `internal_error` instead of a ServerHello (RFC 8446 section 6.2).
const TLS_ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 80];

/// What viewers hear when all their places are taken.
pub(super) const FULL: &str = "the server has as many connections as max_connections allows; try again\n";

/// Answers 503 or 429 without reading the request, which would cost as much as serving it.
#[derive(Debug)]
pub(super) struct Overload {
    all: Arc<[u8]>,
    of_address: Arc<[u8]>,
    alert: Arc<[u8]>,
    places: Arc<Semaphore>,
    refused: AtomicU64,
}

impl Overload {
    /// `cors`: whether a page may read the answer.
    pub(super) fn new(cors: bool) -> Self {
        let cors =
            if cors { "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n" } else { "" };
        let answer = |status, body: &str| {
            format!(
                "HTTP/1.1 {status}\r\nServer: {server}\r\nRetry-After: 5\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\n{cors}Connection: close\r\n\r\n{body}",
                server = super::router::SERVER_NAME,
                length = body.len(),
            )
            .into_bytes()
            .into()
        };
        Self {
            all: answer("503 Service Unavailable", FULL),
            of_address: answer(
                "429 Too Many Requests",
                "your address has as many connections as max_connections_per_address allows; end one, and try again\n",
            ),
            alert: TLS_ALERT.into(),
            places: Arc::new(Semaphore::new(MAX_REFUSALS_AT_ONCE)),
            refused: AtomicU64::new(0),
        }
    }

    /// How many were refused.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Tells the peer, in the background, that there is no room, and closes. To one who expects TLS that is an alert: a
    /// handshake only to say no would cost more than to serve it.
    pub(super) fn refuse(&self, mut stream: TcpStream, peer: SocketAddr, reason: TooMany, tls: bool) {
        let answer = match reason {
            _ if tls => self.alert.clone(),
            TooMany::All => self.all.clone(),
            TooMany::OfAddress => self.of_address.clone(),
        };
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(%peer, refused, "HTTP connection refused: {reason}");
        let Ok(place) = self.places.clone().try_acquire_owned() else { return };
        tokio::spawn(async move {
            let told = async {
                stream.write_all(&answer).await?;
                stream.shutdown().await?;
                // To close with unread bytes is a reset, which may overtake the answer.
                while stream.read(&mut [0; 1024]).await? > 0 {}
                std::io::Result::Ok(())
            };
            let _ = timeout(REFUSAL_TIMEOUT, told).await;
            drop(place);
        });
    }
}
