//! One row of a table, and how it is performed.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use flvgate_tests::server::{self, PATIENCE};
use futures_util::{FutureExt, StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::soon;
use super::speech;
use super::stage::Stage;

/// Cases at once.
const AT_ONCE: usize = 8;

/// Bytes that may be taken of one who takes no answers: the kernel's buffers, in both directions, and then some.
const MOST_TAKEN: usize = 96 << 20;

/// A socket's buffers, in bytes, of one who takes little, and holds little itself.
const NARROW: u32 = 16 * 1024;

/// What a client does, and how the connection must be afterwards.
pub(super) struct Case {
    name: String,
    steps: Vec<Step>,
    end: End,
}

enum Step {
    Send(Vec<u8>),
    /// A byte at a time.
    SendSlowly(Vec<u8>),
    /// Again and again, until the server ends the connection; reads nothing, or a byte now and then.
    Flood {
        bytes: Vec<u8>,
        reads: bool,
    },
    /// These bytes come.
    Told(Vec<u8>),
    /// The API lists the stream, and its publisher.
    Live(String),
    HalfClose,
}

#[derive(Clone, Copy)]
enum End {
    /// A ping is answered.
    Open,
    /// The server closes it.
    Closed,
    /// The client closes it.
    Dropped,
    /// The client resets it.
    Reset,
}

pub(super) fn case(name: impl Into<String>) -> Case {
    Case { name: name.into(), steps: Vec::new(), end: End::Open }
}

impl Case {
    pub(super) fn send(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.steps.push(Step::Send(bytes.as_ref().to_vec()));
        self
    }

    pub(super) fn send_slowly(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.steps.push(Step::SendSlowly(bytes.as_ref().to_vec()));
        self
    }

    /// Sends `bytes` for ever and reads nothing: the server stops to read, and then ends the connection.
    pub(super) fn flood(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.steps.push(Step::Flood { bytes: bytes.as_ref().to_vec(), reads: false });
        self.closed()
    }

    /// The same, but reads a byte now and then.
    pub(super) fn flood_and_read_little(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.steps.push(Step::Flood { bytes: bytes.as_ref().to_vec(), reads: true });
        self.closed()
    }

    pub(super) fn told(mut self, text: impl AsRef<[u8]>) -> Self {
        self.steps.push(Step::Told(text.as_ref().to_vec()));
        self
    }

    pub(super) fn live(mut self, stream: &str) -> Self {
        self.steps.push(Step::Live(stream.to_owned()));
        self
    }

    pub(super) fn half_close(mut self) -> Self {
        self.steps.push(Step::HalfClose);
        self
    }

    pub(super) const fn closed(mut self) -> Self {
        self.end = End::Closed;
        self
    }

    pub(super) const fn dropped(mut self) -> Self {
        self.end = End::Dropped;
        self
    }

    pub(super) const fn reset(mut self) -> Self {
        self.end = End::Reset;
        self
    }
}

/// Performs every case; returns the names of those that failed.
pub(super) async fn perform(stage: &Stage, cases: Vec<Case>) -> Vec<String> {
    let target = Arc::new((stage.rtmp.clone(), stage.program.http_host()));
    stream::iter(cases)
        .map(|case| {
            let target = target.clone();
            async move {
                let name = case.name.clone();
                // One that fails must not hide the next.
                let performed = AssertUnwindSafe(case.perform(&target.0, &target.1)).catch_unwind().await;
                performed.is_err().then_some(name)
            }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await
}

/// A connection to the server.
pub(super) async fn connect(rtmp: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("the system has sockets");
    socket.set_recv_buffer_size(NARROW).expect("a socket's buffer can be small");
    socket.set_send_buffer_size(NARROW).expect("a socket's buffer can be small");
    socket.connect(rtmp.parse().expect("an address")).await.expect("the server listens")
}

impl Case {
    async fn perform(self, rtmp: &str, http: &str) {
        let name = &self.name;
        let mut socket = connect(rtmp).await;
        for step in self.steps {
            match step {
                // The server may have closed at a part of it already.
                Step::Send(bytes) => drop(soon(name, socket.write_all(&bytes)).await),
                Step::SendSlowly(bytes) => {
                    for byte in bytes {
                        drop(soon(name, socket.write_all(&[byte])).await);
                        tokio::task::yield_now().await;
                    }
                }
                Step::Flood { bytes, reads } => flood(name, &mut socket, &bytes, reads).await,
                Step::Told(text) => wait_for(name, &mut socket, &text).await,
                Step::Live(stream) => {
                    let is_live = |status: &serde_json::Value| status["publish"]["active"] == true;
                    server::wait_for(http, &stream, name, is_live).await;
                }
                Step::HalfClose => drop(socket.shutdown().await),
            }
        }
        match self.end {
            End::Open => {
                static PINGS: AtomicU32 = AtomicU32::new(0x5ee5_1de5);
                let number = PINGS.fetch_add(1, Ordering::Relaxed);
                soon(name, socket.write_all(&speech::ping(number))).await.expect("the server reads");
                wait_for(name, &mut socket, &speech::pong(number)).await;
            }
            End::Closed => {
                let mut rest = [0; 16 * 1024];
                soon(name, async { while socket.read(&mut rest).await.is_ok_and(|size| size > 0) {} }).await;
            }
            End::Dropped => {}
            End::Reset => socket.set_zero_linger().expect("a socket has options"),
        }
    }
}

/// Reads until `text` has come.
async fn wait_for(name: &str, socket: &mut TcpStream, text: &[u8]) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    let reading = async {
        while !bytes.windows(text.len()).any(|window| window == text) {
            let size = socket.read(&mut buffer).await.unwrap_or_default();
            assert!(size > 0, "{name}: closed, and not {}", String::from_utf8_lossy(text));
            // What came before is not looked at again.
            bytes.drain(..bytes.len().saturating_sub(text.len()));
            bytes.extend_from_slice(&buffer[..size]);
        }
    };
    soon(name, reading).await;
}

async fn flood(name: &str, socket: &mut TcpStream, bytes: &[u8], reads: bool) {
    let (mut reader, mut writer) = socket.split();
    let reading = async {
        loop {
            // The pace of one who is slow, not a wait for anything.
            tokio::time::sleep(Duration::from_millis(20)).await;
            if !reads || reader.read(&mut [0]).await.unwrap_or_default() == 0 {
                return std::future::pending().await;
            }
        }
    };
    let writing = async {
        let mut taken = 0;
        while let Ok(size) = writer.write(&bytes[taken % bytes.len()..]).await {
            taken += size;
            assert!(taken < MOST_TAKEN, "{name}: the server reads what it cannot answer");
        }
    };
    let mut flooding = pin!(async {
        tokio::select! {
            () = writing => {}
            () = reading => {}
        }
    });
    // It takes as long as it takes the server to fill the kernel's buffers with answers.
    for _ in 0..4 {
        if timeout(PATIENCE, &mut flooding).await.is_ok() {
            return;
        }
    }
    panic!("{name}: the server does not end it");
}
