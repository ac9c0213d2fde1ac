//! The server's side of one connection: bytes in, bytes and events out. No socket, no clock.

mod commands;
mod event;
mod media;
mod play;

use std::collections::VecDeque;
use std::sync::Arc;

use flvgate_media::amf0;

use super::Error;
use super::chunk::ChunkLimits;
use super::command::Command;
use super::handshake::ServerHandshake;
use super::link::Link;
use super::message::{Message, MessageType};
use crate::config::Config;
use crate::hub::Route;
use crate::hub::clients::Encoder;

pub use event::{Event, PlayRefusal, PlayRequest, PublishRequest, Refusal};

/// Chunk stream of commands about the connection.
const COMMANDS: u32 = 3;

/// Events that room is kept for between two reads.
const KEPT_EVENTS: usize = 64;

/// Chunk stream of commands about a message stream.
const STREAM_COMMANDS: u32 = 5;

/// One publisher's connection.
///
/// Give it what comes in by [`handle_input`](Self::handle_input); then take the events until there are none, and send
/// what [`take_output`](Self::take_output) has. Events are in the order of the wire: [`Event::Publish`] is to be
/// answered, by [`accept_publish`](Self::accept_publish) or [`refuse_publish`](Self::refuse_publish), before the events
/// behind it are looked at.
#[derive(Debug)]
pub struct Session {
    config: Arc<Config>,
    amf_limits: amf0::Limits,
    state: State,
    link: Link,
    events: VecDeque<Event>,
    counters: Counters,
}

#[derive(Debug)]
enum State {
    Handshake(ServerHandshake),
    /// Behind the handshake: nothing is allowed but `connect`.
    Connect,
    /// Connected, publishing nothing.
    Idle(Client),
    /// Playing, or asking to, in a message stream.
    Playing {
        client: Client,
        stream_id: u32,
        stream: String,
    },
    /// Publishing, or asking to, in a message stream.
    Publishing {
        client: Client,
        stream_id: u32,
        stream: String,
    },
    /// The peer has been told why; nothing it says matters any more.
    Refused,
}

/// What a client has told of itself.
#[derive(Clone, Debug, Default)]
struct Client {
    tc_url: String,
    page_url: String,
    swf_url: String,
    app: String,
    /// What it is, when its commands have told.
    encoder: Option<Encoder>,
    route: Route,
    /// Message streams made so far; ids start at 1.
    streams: u32,
    /// It speaks as FMLE does, and so expects `onFCPublish`.
    fc_publish: bool,
}

/// What has come in so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes.
    pub bytes: u64,
    /// Audio and video messages of a publication, with those that were skipped.
    pub media_messages: u64,
    /// Media messages without a tag in them (empty ones, cut headers), and data that is not metadata.
    pub skipped: u64,
}

impl Session {
    /// A session that waits for the handshake; `seed` makes the handshake's random bytes.
    #[must_use]
    pub fn new(config: Arc<Config>, seed: u64) -> Self {
        let limits = config.rtmp.limits;
        let chunk_limits =
            ChunkLimits { message_size: limits.message_size, chunk_streams: limits.chunk_streams };
        Self {
            config,
            amf_limits: amf0::Limits { depth: limits.amf_depth, size: limits.amf_size },
            state: State::Handshake(ServerHandshake::new(seed)),
            link: Link::new(chunk_limits, Vec::new()),
            events: VecDeque::new(),
            counters: Counters::default(),
        }
    }

    /// Serves by `config` from now on. The limits of the connection stay.
    pub fn replace_config(&mut self, config: Arc<Config>) {
        self.config = config;
    }

    /// Takes the next bytes, in any slicing.
    ///
    /// # Errors
    /// When they are not RTMP, or over the limits. Close the connection: the session is of no use any more. Events that
    /// came before the error are still there.
    pub fn handle_input(&mut self, mut input: &[u8]) -> Result<(), Error> {
        self.counters.bytes += input.len() as u64;
        self.link.count_received(input.len());
        if let State::Handshake(handshake) = &mut self.state {
            let progress = handshake.handle_input(input, self.link.output())?;
            if !progress.done {
                return Ok(());
            }
            input = &input[progress.used..];
            self.state = State::Connect;
        }
        while !matches!(self.state, State::Refused) {
            let Some(message) = self.link.next_message(&mut input)? else { break };
            self.handle_message(&message)?;
        }
        Ok(())
    }

    /// The next event.
    pub fn next_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front();
        if event.is_none() {
            // A read full of tiny messages has made room for thousands.
            self.events.shrink_to(KEPT_EVENTS);
        }
        event
    }

    /// What is to be sent, which may be nothing.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(self.link.output())
    }

    /// Whether the handshake is over.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        !matches!(self.state, State::Handshake(_))
    }

    /// What has come in so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Answers [`Event::Publish`]: the stream is the client's. No effect when it does not want it any more.
    pub fn accept_publish(&mut self) {
        self.start_publication();
    }

    /// Answers [`Event::Publish`]: the stream is not the client's; `description` tells why. The session is over.
    pub fn refuse_publish(&mut self, refusal: Refusal, description: &str) {
        let stream_id = self.active_stream_id();
        self.refuse(stream_id, refusal.code(), description);
    }

    /// Ends a session by our will, such as for a publisher that takes the stream over; `description` tells why. Nothing
    /// is told to one who has not finished the handshake: it would not understand.
    pub fn close(&mut self, description: &str) {
        if !self.is_connected() {
            return self.end(description);
        }
        let stream_id = self.active_stream_id();
        self.refuse(stream_id, "NetConnection.Connect.Closed", description);
    }

    fn handle_message(&mut self, message: &Message) -> Result<(), Error> {
        match message.message_type {
            MessageType::CommandAmf0 | MessageType::CommandAmf3 => {
                let command = Command::parse(message, self.amf_limits)?;
                self.handle_command(&command, message.stream_id)?;
            }
            MessageType::Audio
            | MessageType::Video
            | MessageType::DataAmf0
            | MessageType::DataAmf3
            | MessageType::Aggregate => self.handle_media(message),
            // Control messages are answered below; shared objects and unknown types concern no publisher.
            _ => {}
        }
        Ok(())
    }

    const fn active_stream_id(&self) -> u32 {
        match self.state {
            State::Publishing { stream_id, .. } | State::Playing { stream_id, .. } => stream_id,
            _ => 0,
        }
    }

    /// Sends an error about message stream `stream_id`, and ends the session.
    fn refuse(&mut self, stream_id: u32, code: &str, description: &str) {
        let status = Command::on_status("error", code, description);
        self.link.send(STREAM_COMMANDS, &status.to_message(stream_id));
        self.end(description);
    }

    fn end(&mut self, description: &str) {
        self.state = State::Refused;
        self.events.push_back(Event::Refused(description.to_owned()));
    }
}

#[cfg(test)]
mod tests;
