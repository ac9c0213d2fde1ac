//! The thread: one epoll for all connections.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::connection::{Connection, Shared};
use super::{Join, Progress, Snapshot};
use crate::process::thread_cpu;
use crate::publisher::Written;

/// The token that wakes the thread for a command.
pub(super) const WAKER: Token = Token(usize::MAX);

/// What the thread is told.
#[derive(Debug)]
pub(super) enum Command {
    Join(Vec<Join>, Duration),
    /// How many leave: the ones that have been there longest.
    Leave(usize),
    Snapshot(Sender<Snapshot>),
    Stop,
}

/// All connections, by token.
#[derive(Debug)]
pub(super) struct Worker {
    poll: Poll,
    commands: Receiver<Command>,
    shared: Shared,
    connections: Vec<Option<Connection>>,
    /// Connections to be made, in the order of their times.
    waiting: VecDeque<(Instant, Join)>,
    /// What the viewers of connections got that are gone.
    gone: Vec<Progress>,
    gone_bytes: u64,
    complaint: Option<String>,
}

impl Worker {
    pub(super) fn new(poll: Poll, commands: Receiver<Command>, written: Arc<Written>) -> Self {
        Self {
            poll,
            commands,
            shared: Shared::new(written),
            connections: Vec::new(),
            waiting: VecDeque::new(),
            gone: Vec::new(),
            gone_bytes: 0,
            complaint: None,
        }
    }

    /// Runs until it is told to stop.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        loop {
            if !self.obey() {
                return;
            }
            let now = Instant::now();
            while self.waiting.front().is_some_and(|(due, _)| *due <= now) {
                if let Some((_, join)) = self.waiting.pop_front() {
                    self.connect(&join);
                }
            }
            let timeout = self.waiting.front().map(|(due, _)| due.saturating_duration_since(now));
            match self.poll.poll(&mut events, timeout) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    eprintln!("epoll: {error}");
                    return;
                }
            }
            for event in events.iter().filter(|event| event.token() != WAKER) {
                self.serve(event.token().0, event.is_readable(), event.is_read_closed());
            }
        }
    }

    /// Does what it was told; returns whether to go on.
    fn obey(&mut self) -> bool {
        while let Ok(command) = self.commands.try_recv() {
            match command {
                Command::Join(joins, duration) => {
                    let (now, count) =
                        (Instant::now(), u32::try_from(joins.len()).unwrap_or(u32::MAX).max(1));
                    let step = duration / count;
                    self.waiting.extend((0..count).map(|index| now + step * index).zip(joins));
                }
                Command::Leave(count) => self.leave(count),
                Command::Snapshot(sender) => {
                    let snapshot = self.snapshot();
                    // Who does not wait for it does not want it.
                    let _ = sender.send(snapshot);
                }
                Command::Stop => return false,
            }
        }
        true
    }

    fn connect(&mut self, join: &Join) {
        let token = Token(self.connections.len());
        let started = Connection::start(join, &self.shared).and_then(|mut connection| {
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registered = self.poll.registry().register(connection.socket(), token, interest);
            registered.map(|()| connection).map_err(|error| error.to_string())
        });
        match started {
            Ok(connection) => self.connections.push(Some(connection)),
            Err(error) => {
                self.complaint = Some(error);
                let lost = Progress {
                    group: join.group,
                    bytes: 0,
                    first_byte: None,
                    longest_silence: Duration::ZERO,
                    lost: true,
                };
                self.gone.extend(join.paths.iter().map(|_| lost));
            }
        }
    }

    fn leave(&mut self, count: usize) {
        let present = self.connections.iter_mut().filter(|connection| connection.is_some());
        for connection in present.take(count) {
            self.gone_bytes += connection.take().map_or(0, |connection| connection.bytes);
        }
    }

    fn serve(&mut self, index: usize, readable: bool, ends: bool) {
        let Some(connection) = self.connections.get_mut(index).and_then(Option::as_mut) else { return };
        let written = connection.write().map_err(|error| error.to_string());
        let outcome =
            if readable { written.and_then(|()| connection.read(&mut self.shared, ends)) } else { written };
        let Err(error) = outcome else { return };
        self.complaint = Some(error);
        if let Some(connection) = self.connections[index].take() {
            self.gone_bytes += connection.bytes;
            self.gone.extend(connection.viewers.iter().map(|viewer| Progress { lost: true, ..*viewer }));
        }
    }

    fn snapshot(&mut self) -> Snapshot {
        let mut snapshot = Snapshot {
            viewers: self.gone.clone(),
            delays: std::mem::take(&mut self.shared.delays),
            bytes: self.gone_bytes,
            cpu: thread_cpu(),
            complaint: self.complaint.clone(),
        };
        for connection in self.connections.iter_mut().flatten() {
            connection.take_progress(&mut snapshot.viewers);
            snapshot.bytes += connection.bytes;
        }
        snapshot
    }
}

#[cfg(test)]
mod tests;
