//! One connection: its socket, what it speaks, and the viewers on it.

use std::io::{self, ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use socket2::{Domain, SockRef, Socket, Type};

use super::http2::{Event, Https2};
use super::messages::Messages;
use super::sample::{Framing, Sample};
use super::tls::{Head, Https, Tls};
use super::{Delay, Join, Progress, Protocol};
use crate::publisher::Written;

/// `MSG_TRUNC` of Linux: the kernel throws away what it would have copied (tcp(7)).
const TRUNCATE: i32 = 0x20;
/// As much as is thrown away by one call; more than a socket's buffer has.
const DISCARDED: usize = 8 * 1024 * 1024;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) https: Tls,
    pub(super) http2: Tls,
    pub(super) written: Arc<Written>,
    /// What sockets are read into.
    pub(super) buffer: Vec<u8>,
    /// What is never written to: see [`TRUNCATE`].
    pub(super) discarded: Vec<MaybeUninit<u8>>,
    pub(super) delays: Vec<Delay>,
}

impl Shared {
    pub(super) fn new(written: Arc<Written>) -> Self {
        Self {
            https: super::tls::shared(),
            http2: super::http2::shared(),
            written,
            buffer: vec![0; 256 * 1024],
            discarded: vec![MaybeUninit::uninit(); DISCARDED],
            delays: Vec::new(),
        }
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    socket: TcpStream,
    speaks: Speaks,
    outgoing: Vec<u8>,
    started: Instant,
    last_read: Instant,
    sampled: bool,
    asleep: bool,
    sample: Option<Sample>,
    pub(super) viewers: Vec<Progress>,
    /// Bytes of the socket since the streams began.
    pub(super) bytes: u64,
}

/// What asks for WebSocket (RFC 6455 section 4.1).
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[derive(Debug)]
enum Speaks {
    Http(Head),
    WebSocket(Head),
    Https(Box<Https>),
    Http2(Box<Https2>),
    /// Bytes are counted, and never seen.
    Nothing,
}

/// Connects with the smallest window there is, so that who reads nothing is soon full.
fn narrow(server: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
    socket.set_recv_buffer_size(4096)?;
    // On loopback it takes no time.
    socket.connect(&server.into())?;
    socket.set_nonblocking(true)?;
    Ok(TcpStream::from_std(socket.into()))
}

impl Connection {
    /// Starts to connect.
    ///
    /// # Errors
    /// With the reason, when there is no socket for it.
    pub(super) fn start(join: &Join, shared: &Shared) -> Result<Self, String> {
        let started = Instant::now();
        let authority = join.server.to_string();
        let path = join.paths.first().map_or("/", String::as_str);
        let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n\r\n").into_bytes();
        let mut outgoing = Vec::new();
        let secure = |error: super::tls::SecureError| error.to_string();
        let speaks = match join.protocol {
            Protocol::Http => {
                outgoing = request;
                Speaks::Http(Head::default())
            }
            Protocol::WebSocket => {
                // Nobody answers the server's pings: it waits a minute for that, and a measurement is shorter.
                outgoing = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n{UPGRADE}\r\n").into_bytes();
                Speaks::WebSocket(Head::default())
            }
            Protocol::Https => Speaks::Https(Box::new(Https::new(&shared.https, &request).map_err(secure)?)),
            Protocol::Http2 => {
                let paths = join.paths.iter().map(String::as_str);
                Speaks::Http2(Box::new(Https2::new(&shared.http2, &authority, paths).map_err(secure)?))
            }
        };
        let socket = if join.asleep { narrow(join.server) } else { TcpStream::connect(join.server) };
        let socket = socket.map_err(|error| error.to_string())?;
        let viewer = Progress {
            group: join.group,
            bytes: 0,
            first_byte: None,
            longest_silence: Duration::ZERO,
            lost: false,
        };
        let viewers = vec![viewer; join.paths.len().max(1)];
        let (sampled, asleep) = (join.sampled, join.asleep);
        let last_read = started;
        Ok(Self {
            socket,
            speaks,
            outgoing,
            started,
            last_read,
            sampled,
            asleep,
            sample: None,
            viewers,
            bytes: 0,
        })
    }

    /// What its viewers have seen, with the silence there is right now; the next silences are counted anew.
    pub(super) fn take_progress(&mut self, progress: &mut Vec<Progress>) {
        let silence = self.last_read.elapsed();
        for viewer in &mut self.viewers {
            // Or else a silence that never ends would be none.
            let now = if viewer.first_byte.is_some() { silence } else { Duration::ZERO };
            let longest = std::mem::take(&mut viewer.longest_silence).max(now);
            progress.push(Progress { longest_silence: longest, ..*viewer });
        }
    }

    pub(super) fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    /// Sends what is to be sent, as far as the socket takes it.
    ///
    /// # Errors
    /// As the socket does.
    pub(super) fn write(&mut self) -> io::Result<()> {
        match &mut self.speaks {
            Speaks::Https(https) => https.outgoing(&mut self.outgoing),
            Speaks::Http2(http2) => http2.outgoing(&mut self.outgoing),
            Speaks::Http(_) | Speaks::WebSocket(_) | Speaks::Nothing => {}
        }
        while !self.outgoing.is_empty() {
            match self.socket.write(&self.outgoing) {
                Ok(len) => drop(self.outgoing.drain(..len)),
                // Still connecting, or full: epoll tells when it is worth another try.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads until there is nothing more to read; `ends` when epoll has told that the server sends no more.
    ///
    /// # Errors
    /// With the reason, when the connection or its stream is over.
    pub(super) fn read(&mut self, shared: &mut Shared, ends: bool) -> Result<(), String> {
        if self.asleep {
            return Ok(());
        }
        let silence = self.last_read.elapsed();
        self.last_read += silence;
        for viewer in self.viewers.iter_mut().filter(|viewer| viewer.first_byte.is_some()) {
            viewer.longest_silence = viewer.longest_silence.max(silence);
        }
        loop {
            let discards = matches!(self.speaks, Speaks::Nothing);
            let outcome = if discards {
                SockRef::from(&self.socket).recv_with_flags(&mut shared.discarded, TRUNCATE)
            } else {
                self.socket.read(&mut shared.buffer)
            };
            let room = if discards { DISCARDED } else { shared.buffer.len() };
            match outcome {
                Ok(0) => return Err("the server has closed the connection".into()),
                Ok(len) if discards => {
                    self.bytes += len as u64;
                    self.viewers[0].bytes += len as u64;
                }
                Ok(len) => {
                    self.take(len, shared)?;
                    self.write().map_err(|error| error.to_string())?;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.to_string()),
            }
            // With less than there was room for, the socket is empty; what comes now is a new event. An end is not: it may
            // have come with these bytes, and epoll tells once.
            if !ends && outcome.is_ok_and(|len| len < room) {
                return Ok(());
            }
        }
    }

    /// Takes `len` bytes of the buffer.
    fn take(&mut self, len: usize, shared: &mut Shared) -> Result<(), String> {
        let Self { speaks, started, sampled, sample, viewers, bytes, .. } = self;
        let Shared { written, buffer, delays, .. } = shared;
        let came = &buffer[..len];
        let mut outcome = Ok(());
        let mut body = |stream: usize, bytes: &[u8], viewers: &mut [Progress], framing: Framing| {
            let viewer = &mut viewers[stream];
            if viewer.first_byte.is_none() {
                viewer.first_byte = Some(started.elapsed());
            }
            if !*sampled || stream > 0 {
                return;
            }
            let sample = sample.get_or_insert_with(|| Sample::new(Arc::clone(written), framing));
            let group = viewer.group;
            let read = sample.receive(bytes, |is_video, late| {
                delays.push(Delay { group, is_video, late });
            });
            if let Err(error) = read {
                outcome = Err(error);
            }
        };
        let mut begun = true;
        match speaks {
            Speaks::Http(head) => {
                begun = head.is_complete();
                let rest = head.receive(came).map_err(|error| error.to_string())?;
                if !rest.is_empty() {
                    body(0, rest, viewers, Framing::of_body(head.is_chunked()));
                }
            }
            Speaks::WebSocket(head) => {
                begun = head.is_complete();
                let rest = head.receive(came).map_err(|error| error.to_string())?;
                if !rest.is_empty() {
                    body(0, rest, viewers, Framing::Messages(Messages::default()));
                }
            }
            Speaks::Https(https) => {
                begun = https.has_begun();
                https
                    .receive(came, |bytes, chunked| body(0, bytes, viewers, Framing::of_body(chunked)))
                    .map_err(|error| error.to_string())?;
            }
            Speaks::Http2(http2) => http2
                .receive(came, &mut |event| match event {
                    Event::Body { stream, bytes } => {
                        viewers[stream].bytes += bytes.len() as u64;
                        body(stream, bytes, viewers, Framing::Bare);
                    }
                    Event::Answered { accepted: true, .. } => {}
                    Event::Answered { stream, .. } | Event::Ended { stream } => viewers[stream].lost = true,
                })
                .map_err(|error| error.to_string())?,
            Speaks::Nothing => {}
        }
        if begun {
            *bytes += len as u64;
        }
        if !matches!(speaks, Speaks::Http2(_)) {
            if begun {
                viewers[0].bytes += len as u64;
            }
            // Not sooner: until then nothing has told whether a stream comes at all.
            if !*sampled && viewers[0].first_byte.is_some() {
                *speaks = Speaks::Nothing;
            }
        }
        outcome
    }
}
