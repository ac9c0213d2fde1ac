//! A server's session and its outbox, with a peer that says anything and takes a few bytes now and then: nothing panics, what
//! waits and what is held stays within its bounds, no byte is thought younger than it is, and what goes out is RTMP.
//!
//! The input is a list of actions, each a byte and its operands: bytes and messages that come in, in any slicing and again
//! and again, a picture that goes out, bytes that the peer takes, time that passes.
#![no_main]

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use flvgate::config::{Config, RtmpLimits, Vhost};
use flvgate::rtmp::chunk::{ChunkLimits, ChunkReader, ChunkWriter};
use flvgate::rtmp::command::Command;
use flvgate::rtmp::message::{Message, MessageType};
use flvgate::rtmp::outbox::{MAX_WAITING, Outbox};
use flvgate::rtmp::session::{Event, PlayRefusal, Refusal, Session};
use flvgate_media::amf0::Value;
use flvgate_media::flv::TagType;
use libfuzzer_sys::fuzz_target;

const MESSAGE_SIZE: usize = 4096;
const CHUNK_STREAMS: usize = 8;

/// Bytes that are read at once, at most.
const READ_SIZE: usize = 4096;

/// Answers to one read: so many bytes for each byte read, and what is said once in a connection.
const ANSWER_FACTOR: usize = 8;
const SAID_ONCE: usize = 64 * 1024;

/// How old a byte may get that waits.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// S0, S1 and S2, or C0, C1 and C2.
const HANDSHAKE_LEN: usize = 1 + 2 * 1536;

static CONFIG: LazyLock<Arc<Config>> = LazyLock::new(|| {
    let mut config = Config { vhosts: vec![Arc::new(Vhost::default())], ..Config::default() };
    config.rtmp.limits = RtmpLimits {
        message_size: MESSAGE_SIZE,
        chunk_streams: CHUNK_STREAMS,
        amf_size: 2048,
        ..RtmpLimits::default()
    };
    Arc::new(config)
});

/// The names of commands; one that nobody knows among them.
const NAMES: [&str; 16] = [
    "connect",
    "createStream",
    "releaseStream",
    "FCPublish",
    "publish",
    "FCUnpublish",
    "closeStream",
    "deleteStream",
    "play",
    "pause",
    "getStreamLength",
    "_checkbw",
    "_result",
    "onStatus",
    "",
    "whatever",
];

/// Types of messages: all that mean something, and two that do not.
const TYPES: [u8; 16] = [1, 2, 3, 4, 5, 6, 8, 9, 15, 17, 18, 20, 22, 0, 7, 255];

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn operand(&mut self) -> u8 {
        self.byte().unwrap_or_default()
    }

    /// Up to `count` bytes.
    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        bytes
    }
}

struct Exchange {
    session: Session,
    outbox: Outbox,
    /// What has come from the peer and was not read.
    unread: VecDeque<u8>,
    /// What the peer says next is cut into chunks by.
    writer: ChunkWriter,
    /// What it has said last.
    last: Vec<u8>,
    now: Instant,
    /// What was queued: when, and how many bytes of it are not out.
    queued: VecDeque<(Instant, usize)>,
    accepts: bool,
    playing: bool,
    taken: usize,
    peer: ChunkReader,
}

/// The connection is over.
struct Over;

impl Exchange {
    fn new() -> Self {
        let limits = ChunkLimits { message_size: 0xff_ffff, chunk_streams: 64 };
        Self {
            session: Session::new(CONFIG.clone(), 1),
            outbox: Outbox::default(),
            unread: VecDeque::new(),
            writer: ChunkWriter::new(),
            last: Vec::new(),
            now: Instant::now(),
            queued: VecDeque::new(),
            accepts: true,
            playing: false,
            taken: 0,
            peer: ChunkReader::new(limits),
        }
    }

    fn say(&mut self, bytes: Vec<u8>) {
        self.unread.extend(&bytes);
        self.last = bytes;
    }

    fn say_message(&mut self, chunk_stream: u32, message: &Message) {
        let mut bytes = Vec::new();
        self.writer.write(chunk_stream, message, &mut bytes);
        self.say(bytes);
    }

    /// Reads once, as the drivers do: not while too much waits.
    fn read(&mut self, most: usize) -> Result<(), Over> {
        if !self.outbox.has_room() || self.unread.is_empty() {
            return Ok(());
        }
        let size = most.clamp(1, READ_SIZE).min(self.unread.len());
        let input: Vec<u8> = self.unread.drain(..size).collect();
        let outcome = self.session.handle_input(&input);
        let answered = self.handle_events();
        let output = self.session.take_output();
        assert!(output.len() <= ANSWER_FACTOR * size + SAID_ONCE, "{} bytes for {size}", output.len());
        self.queue(output);
        self.check();
        answered.and(outcome.map_err(|_| Over))
    }

    fn handle_events(&mut self) -> Result<(), Over> {
        while let Some(event) = self.session.next_event() {
            match event {
                Event::Publish(_) if self.accepts => self.session.accept_publish(),
                Event::Publish(_) => self.session.refuse_publish(Refusal::BadName, "taken"),
                Event::Play(_) if self.accepts => {
                    self.session.accept_play();
                    self.playing = true;
                }
                Event::Play(_) => self.session.refuse_play(PlayRefusal::StreamNotFound, "not live"),
                Event::StopPlay => self.playing = false,
                Event::Refused(_) => return Err(Over),
                Event::Tag(_) | Event::Unpublish | Event::Declined(_) => {}
            }
        }
        Ok(())
    }

    fn queue(&mut self, output: Vec<u8>) {
        if !output.is_empty() {
            self.queued.push_back((self.now, output.len()));
        }
        self.outbox.push(output, self.now);
    }

    /// The server sends a picture to a player, who has all that came before.
    fn send(&mut self, size: usize) {
        if self.playing && self.outbox.is_empty() {
            self.session.send_tag(TagType::Video, 0, Bytes::from(vec![0x17; size]));
            let output = self.session.take_output();
            self.queue(output);
        }
    }

    /// The peer takes up to `most` bytes.
    fn take(&mut self, most: usize) {
        let size = most.min(self.outbox.front().len());
        let bytes = self.outbox.front()[..size].to_vec();
        self.outbox.advance(size);
        let skipped = HANDSHAKE_LEN.saturating_sub(self.taken).min(size);
        self.taken += size;
        let mut chunks = &bytes[skipped..];
        while self.peer.read(&mut chunks).expect("a server speaks RTMP").is_some() {}
        let mut left = size;
        while left > 0 {
            let (_, rest) = self.queued.front_mut().expect("it was queued");
            let now = left.min(*rest);
            (*rest, left) = (*rest - now, left - now);
            if *rest == 0 {
                self.queued.pop_front();
            }
        }
    }

    fn check(&self) {
        let waiting = self.outbox.len() - self.outbox.front().len();
        assert!(waiting <= MAX_WAITING + ANSWER_FACTOR * READ_SIZE + SAID_ONCE, "{waiting} bytes wait");
        assert_eq!(self.outbox.len(), self.queued.iter().map(|(_, size)| size).sum::<usize>());
        let oldest = self.queued.front().map(|(queued, _)| *queued);
        assert!(self.outbox.oldest() <= oldest && self.outbox.is_empty() == oldest.is_none());
        let held = self.session.held_bytes();
        assert!(held <= (4 + CHUNK_STREAMS) * MESSAGE_SIZE + 4096, "{held} bytes held");
    }

    fn act(&mut self, action: u8, input: &mut Input<'_>) -> Result<(), Over> {
        match action % 10 {
            0 => {
                let size = input.operand();
                let bytes = input.bytes(size.into()).to_vec();
                self.say(bytes);
            }
            1 => {
                let (message_type, stream, place) = (input.operand(), input.operand(), input.operand());
                let size = usize::from(input.operand()) * if place & 1 == 0 { 1 } else { 16 };
                let payload = Bytes::copy_from_slice(input.bytes(size));
                let message = Message {
                    message_type: MessageType::from_id(TYPES[usize::from(message_type % 16)]),
                    timestamp: u32::from(place) * 0x0101_0101,
                    stream_id: (stream % 4).into(),
                    payload,
                };
                self.say_message(2 + u32::from(stream / 4 % 9), &message);
            }
            2 | 3 => self.call(input.operand(), input.operand(), input.operand()),
            4 => {
                let times = usize::from(input.operand());
                let again = self.last.repeat(times.min(64 * 1024 / self.last.len().max(1)));
                self.unread.extend(again);
            }
            5 => self.take(usize::from(input.operand())),
            6 => self.take(usize::from(input.operand()) * 512),
            7 => self.send(usize::from(input.operand()) * 512),
            8 => {
                let most = usize::from(input.operand()) * 16;
                for _ in 0..16 {
                    self.read(most)?;
                }
            }
            _ => match input.operand() {
                0 => self.accepts = !self.accepts,
                1 => {
                    let mut bytes = Vec::new();
                    self.writer.set_chunk_size(u32::from(input.operand()) * 16, &mut bytes);
                    self.say(bytes);
                }
                tenths => self.now += Duration::from_millis(100) * tenths.into(),
            },
        }
        Ok(())
    }

    fn call(&mut self, name: u8, place: u8, argument: u8) {
        let argument = match argument % 8 {
            0 => Value::Null,
            1 => Value::Number(f64::from(argument / 8)),
            2 => "".into(),
            3 => "x".repeat(usize::from(argument) * 8).as_str().into(),
            4 => Value::StrictArray(vec![Value::Number(f64::NAN); argument.into()]),
            5 => (0..argument).fold(Value::Null, |value, _| Value::StrictArray(vec![value])),
            _ => "cam?token=x".into(),
        };
        let properties =
            vec![("app".to_owned(), "live".into()), ("tcUrl".to_owned(), "rtmp://h/live".into())];
        let transaction_id = f64::from(place / 4);
        let command = Command {
            object: Value::Object(properties),
            ..Command::new(NAMES[usize::from(name % 16)], transaction_id, vec![argument])
        };
        self.say_message(3, &command.to_message((place % 4).into()));
    }

    fn run(&mut self, mut input: Input<'_>) -> Result<(), Over> {
        while let Some(action) = input.byte() {
            self.act(action, &mut input)?;
            self.check();
            if self.outbox.oldest().is_some_and(|oldest| self.now - oldest >= SEND_TIMEOUT) {
                return Err(Over);
            }
        }
        Ok(())
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&start, rest)) = input.split_first() else { return };
    let mut exchange = Exchange::new();
    if start % 4 > 0 {
        let mut handshake = vec![0; HANDSHAKE_LEN];
        handshake[0] = 3;
        exchange.say(handshake);
    }
    if start % 4 > 1 {
        exchange.call(0, 4, 0);
        exchange.call(if start % 4 == 2 { 4 } else { 8 }, 1, 6);
    }
    let begun = (0..8).try_for_each(|_| exchange.read(READ_SIZE));
    if begun.is_ok() {
        let _ = exchange.run(Input(rest));
    }
});
