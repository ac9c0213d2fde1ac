//! The next connection of a listener, until it retires.

use std::io::{self, ErrorKind::ConnectionAborted};
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, Instant, sleep_until};

use crate::shutdown::Shutdown;

/// Connections that the kernel may hold for a listener before they are accepted.
pub(crate) const BACKLOG: u32 = 1024;

/// How long a listener that has retired looks for those who had connected before: the runtime hears of them from the kernel
/// only when it asks.
const LAST_LOOK: Duration = Duration::from_millis(10);

/// A listener that can retire without a reset to whoever has connected to it.
#[derive(Debug)]
pub(crate) struct Accept {
    listener: Arc<TcpListener>,
    retired: Shutdown,
    /// How many are taken after it has retired, at most: those who were waiting then. Without a bound, clients who never
    /// stop to connect would keep it open.
    left: u32,
    /// When the last look ends; it begins when it is known that the listener has retired.
    closes: Option<Instant>,
}

impl Accept {
    pub(crate) fn new(listener: Arc<TcpListener>, retired: Shutdown) -> Self {
        Self { listener, retired, left: BACKLOG, closes: None }
    }

    /// The next connection, or why there is none; `None` when the listener has retired, and all who waited then are in.
    /// Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<io::Result<(TcpStream, SocketAddr)>> {
        if self.left == 0 {
            return None;
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
            let can_go_on =
                accepted.as_ref().map_or_else(|error| error.kind() == ConnectionAborted, |_| true);
            self.left = if can_go_on { self.left - 1 } else { 0 };
        }
        Some(accepted)
    }
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
        let mut accept = Accept::new(listener, retired);
        let _waiting =
            [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
        trigger.shutdown();
        assert!(accept.next().await.unwrap().is_ok());
        assert!(accept.next().await.unwrap().is_ok());
        assert!(accept.next().await.is_none());
    }

    #[tokio::test]
    async fn clients_who_never_stop_to_connect_do_not_keep_it_open() {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = listener.local_addr().unwrap();
        let (trigger, retired) = shutdown::channel();
        let mut accept = Accept::new(listener, retired);
        trigger.shutdown();
        for _ in 0..BACKLOG {
            let _client = TcpStream::connect(address).await.unwrap();
            assert!(accept.next().await.unwrap().is_ok());
        }
        let _client = TcpStream::connect(address).await.unwrap();
        assert!(accept.next().await.is_none());
    }
}
