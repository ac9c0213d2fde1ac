//! Viewers: thousands of them, driven by one thread.

mod chunked;
mod connection;
pub(crate) mod http2;
mod messages;
mod sample;
pub(crate) mod tls;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::{Poll, Waker};

use crate::publisher::Written;
use worker::{Command, WAKER, Worker};

/// What a viewer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1.
    Http,
    /// WebSocket.
    WebSocket,
    /// HTTP/1.1 over TLS.
    Https,
    /// HTTP/2 over TLS.
    Http2,
}

/// One connection that is to be made, and its viewers.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    /// Where the server listens.
    pub(crate) server: SocketAddr,
    pub(crate) protocol: Protocol,
    /// What is requested: a path, or several over HTTP/2, a viewer each.
    pub(crate) paths: Vec<String>,
    /// Whether its first viewer, of the publisher's first stream, measures each frame's delay; or else only counts bytes.
    pub(crate) sampled: bool,
    /// Whether it asks, and then reads nothing.
    pub(crate) asleep: bool,
    /// To tell viewers apart that came for different reasons.
    pub(crate) group: u8,
}

/// What one viewer got so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) group: u8,
    /// Bytes of the stream. Over HTTPS, where most is thrown away undecrypted, they are of ciphertext.
    pub(crate) bytes: u64,
    /// From the connect to the first byte of the stream.
    pub(crate) first_byte: Option<Duration>,
    /// The longest time without a byte since the last snapshot.
    pub(crate) longest_silence: Duration,
    /// Whether the connection failed, or the server refused or ended the stream.
    pub(crate) lost: bool,
}

/// How late one frame was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delay {
    pub(crate) group: u8,
    pub(crate) is_video: bool,
    /// How long after it was written it was read.
    pub(crate) late: Duration,
}

/// All that the viewers have seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) viewers: Vec<Progress>,
    /// Since the last snapshot.
    pub(crate) delays: Vec<Delay>,
    /// Bytes that came out of the sockets behind the heads of the answers, with all framing and encryption.
    pub(crate) bytes: u64,
    /// CPU time of the thread that drives them.
    pub(crate) cpu: Duration,
    /// Why the last viewer that was lost was lost.
    pub(crate) complaint: Option<String>,
}

/// The thread that drives viewers, until this is dropped.
#[derive(Debug)]
pub(crate) struct Load {
    commands: Sender<Command>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl Load {
    /// Starts the thread; `written` tells when frames were written.
    ///
    /// # Errors
    /// When the system has no epoll left.
    pub(crate) fn start(written: Arc<Written>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let (commands, received) = channel();
        let thread = std::thread::spawn(move || Worker::new(poll, received, written).run());
        Ok(Self { commands, waker, thread: Some(thread) })
    }

    /// Makes connections, evenly spread over `duration` from now.
    pub(crate) fn join(&self, joins: Vec<Join>, duration: Duration) {
        self.command(Command::Join(joins, duration));
    }

    /// Closes the `count` connections that have been there longest, and forgets their viewers.
    pub(crate) fn leave(&self, count: usize) {
        self.command(Command::Leave(count));
    }

    /// What all viewers have seen.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let (sender, receiver) = channel();
        self.command(Command::Snapshot(sender));
        receiver.recv().unwrap_or_default()
    }

    fn command(&self, command: Command) {
        // A thread that has ended leaves empty snapshots, which nobody takes for a result.
        let _ = self.commands.send(command);
        let _ = self.waker.wake();
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.command(Command::Stop);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            eprintln!("the thread with the viewers has failed");
        }
    }
}
