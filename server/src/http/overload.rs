//! What happens to connections that are one too many.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How many may be told at once that there is no room; more are just closed.
const MAX_REFUSALS_AT_ONCE: usize = 64;

/// How long one that is told may take to hear it.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// A fatal `internal_error` instead of a ServerHello (RFC 8446 section 6.2).
const TLS_ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 80];

/// Answers 503 without reading the request, which would cost as much as serving it.
#[derive(Debug)]
pub(super) struct Overload {
    answer: Arc<[u8]>,
    places: Arc<Semaphore>,
    refused: AtomicU64,
}

impl Overload {
    /// `cors`: whether a page may read the answer.
    pub(super) fn new(cors: bool) -> Self {
        const BODY: &str = "the server has as many connections as max_connections allows; try again\n";
        let cors =
            if cors { "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n" } else { "" };
        let answer = format!(
            "HTTP/1.1 503 Service Unavailable\r\nServer: {server}\r\nRetry-After: 5\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\n{cors}Connection: close\r\n\r\n{BODY}",
            server = super::router::SERVER_NAME,
            length = BODY.len(),
        );
        Self {
            answer: answer.into_bytes().into(),
            places: Arc::new(Semaphore::new(MAX_REFUSALS_AT_ONCE)),
            refused: AtomicU64::new(0),
        }
    }

    /// How many were refused.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Tells the peer, in the background, that there is no room, and closes.
    pub(super) fn refuse(&self, stream: TcpStream, peer: SocketAddr) {
        self.tell(stream, peer, self.answer.clone());
    }

    /// The same to one who expects TLS: a handshake only to say no would cost more than to serve it.
    pub(super) fn refuse_tls(&self, stream: TcpStream, peer: SocketAddr) {
        self.tell(stream, peer, TLS_ALERT);
    }

    fn tell<A>(&self, mut stream: TcpStream, peer: SocketAddr, answer: A)
    where
        A: AsRef<[u8]> + Send + Sync + 'static,
    {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        // A flood of refusals must not become a flood of log lines.
        if refused.is_power_of_two() {
            tracing::warn!(%peer, refused, "max_connections reached; HTTP connections are refused");
        }
        let Ok(place) = self.places.clone().try_acquire_owned() else { return };
        tokio::spawn(async move {
            let told = async {
                stream.write_all(answer.as_ref()).await?;
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
