//! The next connection of a listener, until it retires.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, Instant, sleep_until};
use tracing::{debug, warn};

use crate::shutdown::Shutdown;

/// Connections that the kernel may hold for a listener before they are accepted.
pub(crate) const BACKLOG: u32 = 1024;

/// How long a listener that has retired looks for those who had connected before: the runtime hears of them from the kernel
/// only when it asks.
const LAST_LOOK: Duration = Duration::from_millis(10);

/// How long to let be when the process is out of descriptors or memory: to accept would fail again at once.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener that can retire without a reset to whoever has connected to it.
#[derive(Debug)]
pub(crate) struct Accept {
    listener: Arc<TcpListener>,
    /// What it is called in the log.
    service: &'static str,
    retired: Shutdown,
    /// Nobody is accepted before.
    resumes: Instant,
    /// How many are taken after it has retired, at most: those who were waiting then. Without a bound, clients who never
    /// stop to connect would keep it open.
    left: u32,
    /// When the last look ends; it begins when it is known that the listener has retired.
    closes: Option<Instant>,
}

impl Accept {
    /// `service` is what the listener is called in the log, such as "HTTP".
    pub(crate) fn new(listener: Arc<TcpListener>, service: &'static str, retired: Shutdown) -> Self {
        Self { listener, service, retired, resumes: Instant::now(), left: BACKLOG, closes: None }
    }

    /// The next connection; `None` when the listener has retired, and all who waited then are in. Where the system has no
    /// room for one, that is logged and tried again. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<(TcpStream, SocketAddr)> {
        loop {
            match self.try_next().await? {
                Ok(accepted) => return Some(accepted),
                Err(error) if concerns_one_connection(&error) => {
                    debug!(service = self.service, %error, "a connection ended before it was accepted");
                }
                Err(error) => {
                    warn!(service = self.service, %error, "cannot accept connections; trying on");
                    self.resumes = Instant::now() + PAUSE;
                }
            }
        }
    }

    async fn try_next(&mut self) -> Option<io::Result<(TcpStream, SocketAddr)>> {
        if self.left == 0 {
            return None;
        }
        if self.resumes > Instant::now() {
            sleep_until(self.resumes).await;
        }
        let retirement = async {
            self.retired.requested().await;
            sleep_until(*self.closes.get_or_insert_with(|| Instant::now() + LAST_LOOK)).await;
        };
        let accepted = tokio::select! {
            biased;
            accepted = self.listener.accept() => accepted,
            // Behind the accept: who has connected already is served, not reset.
            () = retirement => return None,
        };
        if self.retired.is_requested() {
            // A process without descriptors can take in nobody: to try again would only put off the end.
            let can_go_on = accepted.as_ref().map_or_else(concerns_one_connection, |_| true);
            self.left = if can_go_on { self.left - 1 } else { 0 };
        }
        Some(accepted)
    }
}

/// Whether an error of `accept` is about a connection that died in the queue, not about the listener (accept(2)).
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::Interrupted
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shutdown;

    #[tokio::test]
    async fn who_waits_is_taken_and_then_it_has_retired() {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = listener.local_addr().unwrap();
        let (trigger, retired) = shutdown::channel();
        let mut accept = Accept::new(listener, "test", retired);
        let _waiting =
            [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
        trigger.shutdown();
        assert!(accept.next().await.is_some());
        assert!(accept.next().await.is_some());
        assert!(accept.next().await.is_none());
    }

    #[tokio::test]
    async fn clients_who_never_stop_to_connect_do_not_keep_it_open() {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = listener.local_addr().unwrap();
        let (trigger, retired) = shutdown::channel();
        let mut accept = Accept::new(listener, "test", retired);
        trigger.shutdown();
        for _ in 0..BACKLOG {
            let _client = TcpStream::connect(address).await.unwrap();
            assert!(accept.next().await.is_some());
        }
        let _client = TcpStream::connect(address).await.unwrap();
        assert!(accept.next().await.is_none());
    }
}
