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

pub use event::{Call, Event, PlayRefusal, PlayRequest, PublishRequest, Refusal, Refused};

/// Chunk stream of commands about the connection.
const COMMANDS: u32 = 3;

/// Events that room is kept for between two reads.
const KEPT_EVENTS: usize = 64;

/// Chunk stream of commands about a message stream.
const STREAM_COMMANDS: u32 = 5;

/// How many wishes beside what a connection does already are answered, and told of as events. One who goes on is counted.
const MAX_DECLINED: u64 = 16;

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
    /// Wishes that were declined beside what the connection does already.
    declined: u64,
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
    /// What was ignored: control messages and commands that are malformed, and wishes to publish or play beside what the
    /// connection does already.
    pub ignored: u64,
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
        let ignored = self.counters.ignored + self.link.malformed();
        Counters { ignored, ..self.counters }
    }

    /// Bytes of memory that unfinished messages and output take which was not [taken](Self::take_output).
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.link.held_bytes()
    }

    /// Answers [`Event::Publish`]: the stream is the client's. No effect when it does not want it any more.
    pub fn accept_publish(&mut self) {
        self.start_publication();
    }

    /// Answers [`Event::Publish`]: the stream is not the client's; `description` tells why. The session is over.
    pub fn refuse_publish(&mut self, refusal: Refusal, description: &str) {
        self.refuse_active(refusal.code(), description);
    }

    /// Ends a session by our will, such as for a publisher that takes the stream over; `description` tells why. Nothing
    /// is told to one who has not finished the handshake: it would not understand.
    pub fn close(&mut self, description: &str) {
        if !self.is_connected() {
            return self.end(self.refused_active(description));
        }
        self.refuse_active("NetConnection.Connect.Closed", description);
    }

    fn handle_message(&mut self, message: &Message) -> Result<(), Error> {
        match message.message_type {
            MessageType::CommandAmf0 | MessageType::CommandAmf3 => {
                // Before connect there is nothing to protect, and without a legal one there is nothing to do.
                let is_connecting = matches!(self.state, State::Connect);
                let (command, damage) = match Command::parse_leading(message, self.amf_limits) {
                    Ok(parsed) => parsed,
                    Err(error) if is_connecting => return Err(error),
                    Err(_) => {
                        self.counters.ignored += 1;
                        return Ok(());
                    }
                };
                if let Some(error) = damage {
                    if is_connecting && command.object.properties().is_none() {
                        return Err(error);
                    }
                    self.counters.ignored += 1;
                }
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

    /// Ends what the connection does with an error, and the session with it.
    fn refuse_active(&mut self, code: &str, description: &str) {
        self.refuse(self.active_stream_id(), code, self.refused_active(description));
    }

    /// What the connection does, as refused.
    fn refused_active(&self, reason: &str) -> Refused {
        match &self.state {
            State::Publishing { client, stream, .. } => {
                Refused::new(Call::Publish, &client.app, stream, reason)
            }
            State::Playing { client, stream, .. } => Refused::new(Call::Play, &client.app, stream, reason),
            State::Idle(client) => Refused::new(Call::Connect, &client.app, "", reason),
            State::Handshake(_) | State::Connect | State::Refused => {
                Refused::new(Call::Connect, "", "", reason)
            }
        }
    }

    /// Tells the client that it cannot have `refused` beside what it does, which goes on.
    fn decline(&mut self, stream_id: u32, code: &str, refused: Refused) {
        self.counters.ignored += 1;
        let (State::Playing { client, .. } | State::Publishing { client, .. }) = &mut self.state else {
            return;
        };
        client.declined = client.declined.saturating_add(1);
        if client.declined > MAX_DECLINED {
            return;
        }
        let status = Command::on_status("error", code, &refused.reason);
        self.link.send(STREAM_COMMANDS, &status.to_message(stream_id));
        self.events.push_back(Event::Declined(refused));
    }

    /// Sends an error about message stream `stream_id`, and ends the session.
    fn refuse(&mut self, stream_id: u32, code: &str, refused: Refused) {
        let status = Command::on_status("error", code, &refused.reason);
        self.link.send(STREAM_COMMANDS, &status.to_message(stream_id));
        self.end(refused);
    }

    fn end(&mut self, refused: Refused) {
        self.state = State::Refused;
        self.events.push_back(Event::Refused(refused));
    }
}

#[cfg(test)]
mod tests;
