//! The client's side of a connection, a publisher's or a player's: a session, bytes in and out, without socket and
//! clock; and its driver.

mod connection;
mod play;
mod play_connection;
mod url;

use bytes::Bytes;
use flvgate_media::amf0::{self, Value};
use flvgate_media::flv::TagType;

pub use connection::{ConnectionError, PublishConnection};
pub use play::PlaySession;
pub use play_connection::PlayConnection;
pub use url::{PublishUrl, UrlError};

use super::Error;
use super::chunk::ChunkLimits;
use super::command::{Command, LOOP, ROUTE, properties};
use super::handshake::ClientHandshake;
use super::link::Link;
use super::message::{Message, MessageType};
use crate::hub::Route;

/// A server's commands are small; these limits are wide.
const CHUNK_LIMITS: ChunkLimits = ChunkLimits { message_size: 1024 * 1024, chunk_streams: 64 };
const AMF_LIMITS: amf0::Limits = amf0::Limits { depth: 32, size: 64 * 1024 };

/// The chunks that we send, in bytes: SRS's size, in which almost every message is one chunk.
const CHUNK_SIZE: u32 = 60_000;

/// Chunk streams, by what they carry.
const COMMANDS: u32 = 3;
const AUDIO: u32 = 4;
const DATA: u32 = 5;
const VIDEO: u32 = 6;

/// Transaction ids of the calls, each made once.
const CONNECT: f64 = 1.0;
const RELEASE_STREAM: f64 = 2.0;
const FC_PUBLISH: f64 = 3.0;
const CREATE_STREAM: f64 = 4.0;
const PUBLISH: f64 = 5.0;
const FC_UNPUBLISH: f64 = 6.0;
const DELETE_STREAM: f64 = 7.0;

/// Publishes one stream to a server.
///
/// Send what [`take_output`](Self::take_output) has, give it what comes in, until
/// [`is_publishing`](Self::is_publishing); then send tags.
#[derive(Debug)]
pub struct PublishSession {
    state: State,
    link: Link,
    url: PublishUrl,
    route: Route,
}

#[derive(Debug)]
enum State {
    Handshake(ClientHandshake),
    /// Has called connect.
    Connecting,
    /// Has called createStream.
    CreatingStream,
    /// Has called publish.
    Asking {
        stream_id: u32,
    },
    Publishing {
        stream_id: u32,
    },
    Finished,
}

/// Why a server does not take the stream.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClientError {
    /// It says so.
    #[error("the server refused: {code}: {description}")]
    Refused {
        /// Such as `NetStream.Publish.BadName`.
        code: String,
        /// In the server's words.
        description: String,
    },
    /// It says that the stream is to be had from another server.
    #[error("the server sends us to {}", .0.tc_url())]
    Redirected(Box<PublishUrl>),
    /// The stream is over.
    #[error("the stream is over: {0}")]
    Ended(String),
    /// It does not speak RTMP.
    #[error("{0}")]
    Protocol(#[from] Error),
}

impl ClientError {
    /// Whether the stream has come round in a loop of forwards.
    #[must_use]
    pub fn is_loop(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == LOOP)
    }
}

impl PublishSession {
    /// A session that is about to send its handshake; `seed` makes the handshake's random bytes.
    #[must_use]
    pub fn new(url: PublishUrl, seed: u64) -> Self {
        Self::forward(url, Route::default(), seed)
    }

    /// As [`new`](Self::new), for a stream that has come by `route`.
    #[must_use]
    pub fn forward(url: PublishUrl, route: Route, seed: u64) -> Self {
        let mut output = Vec::new();
        let handshake = ClientHandshake::start(seed, &mut output);
        Self { state: State::Handshake(handshake), link: Link::new(CHUNK_LIMITS, output), url, route }
    }

    /// Takes the server's next bytes, in any slicing.
    ///
    /// # Errors
    /// When the server refuses, or does not speak RTMP. The session is over then.
    pub fn handle_input(&mut self, mut input: &[u8]) -> Result<(), ClientError> {
        self.link.count_received(input.len());
        if let State::Handshake(handshake) = &mut self.state {
            let progress = handshake.handle_input(input, self.link.output())?;
            if !progress.done {
                return Ok(());
            }
            input = &input[progress.used..];
            self.state = State::Connecting;
            self.connect();
        }
        while let Some(message) = self.link.next_message(&mut input)? {
            // What is no command concerns no publication.
            if matches!(message.message_type, MessageType::CommandAmf0 | MessageType::CommandAmf3)
                && let Ok((command, _)) = Command::parse_leading(&message, AMF_LIMITS)
            {
                self.handle_command(&command)?;
            }
        }
        Ok(())
    }

    /// What is to be sent, which may be nothing.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(self.link.output())
    }

    /// Whether the server takes tags.
    #[must_use]
    pub const fn is_publishing(&self) -> bool {
        matches!(self.state, State::Publishing { .. })
    }

    /// Sends one tag; `timestamp` is in milliseconds, and `payload` the tag's body. Nothing is sent before
    /// [`is_publishing`](Self::is_publishing).
    pub fn send_tag(&mut self, tag_type: TagType, timestamp: u32, payload: &Bytes) {
        let State::Publishing { stream_id } = self.state else { return };
        let (chunk_stream, payload) = match tag_type {
            TagType::Audio => (AUDIO, payload.clone()),
            TagType::Video => (VIDEO, payload.clone()),
            TagType::Script => (DATA, data_frame(payload)),
        };
        let message_type = MessageType::from_id(tag_type.id());
        self.link.send(chunk_stream, &Message { message_type, timestamp, stream_id, payload });
    }

    /// Tells the server that the stream is over.
    pub fn finish(&mut self) {
        let State::Publishing { stream_id } = self.state else { return };
        self.state = State::Finished;
        self.call("FCUnpublish", FC_UNPUBLISH, vec![self.url.stream.as_str().into()]);
        self.call("deleteStream", DELETE_STREAM, vec![Value::Number(stream_id.into())]);
    }

    fn connect(&mut self) {
        self.link.send(COMMANDS, &connect_command(&self.url, &self.route).to_message(0));
    }

    fn handle_command(&mut self, command: &Command) -> Result<(), ClientError> {
        let id = command.transaction_id;
        match (&self.state, command.name.as_str()) {
            // Many servers do not know the two calls that only Adobe's documentation of FMLE has.
            (_, "_error") if id == RELEASE_STREAM || id == FC_PUBLISH => {}
            (State::Finished, _) => {}
            (_, "_error") => return Err(refusal(command, &self.url)),
            (State::Connecting, "_result") if id == CONNECT => self.create_stream(),
            (State::CreatingStream, "_result") if id == CREATE_STREAM => self.publish(command)?,
            (_, "onStatus") => self.handle_status(command)?,
            _ => {}
        }
        Ok(())
    }

    fn create_stream(&mut self) {
        self.state = State::CreatingStream;
        self.link.set_chunk_size(CHUNK_SIZE);
        let stream = || vec![self.url.stream.as_str().into()];
        let (release, publish) = (stream(), stream());
        self.call("releaseStream", RELEASE_STREAM, release);
        self.call("FCPublish", FC_PUBLISH, publish);
        self.call("createStream", CREATE_STREAM, Vec::new());
    }

    fn publish(&mut self, created: &Command) -> Result<(), ClientError> {
        let stream_id = created_stream(created)?;
        self.state = State::Asking { stream_id };
        let arguments = vec![self.url.stream.as_str().into(), "live".into()];
        self.link.send(COMMANDS, &Command::new("publish", PUBLISH, arguments).to_message(stream_id));
        Ok(())
    }

    fn handle_status(&mut self, command: &Command) -> Result<(), ClientError> {
        let text = |name| command.arguments.first()?.property(name)?.as_str();
        match (text("level"), text("code"), &self.state) {
            (Some("error"), ..) => Err(refusal(command, &self.url)),
            (_, Some("NetStream.Publish.Start"), State::Asking { stream_id }) => {
                self.state = State::Publishing { stream_id: *stream_id };
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn call(&mut self, name: &str, id: f64, arguments: Vec<Value>) {
        self.link.send(COMMANDS, &Command::new(name, id, arguments).to_message(0));
    }
}

fn connect_command(url: &PublishUrl, route: &Route) -> Command {
    let mut object = properties([
        ("app", url.app.as_str().into()),
        ("type", "nonprivate".into()),
        ("flashVer", concat!("FMLE/3.0 (compatible; flvgate/", env!("CARGO_PKG_VERSION"), ")").into()),
        ("tcUrl", url.tc_url().as_str().into()),
    ]);
    if *route != Route::default() {
        object.extend(properties([(ROUTE, route.to_string().as_str().into())]));
    }
    Command { object: Value::Object(object), ..Command::new("connect", CONNECT, Vec::new()) }
}

/// The id of the message stream that the server has made.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn created_stream(answer: &Command) -> Result<u32, Error> {
    let id = answer.arguments.first().and_then(Value::as_number);
    let (what, expected) = ("answer to createStream", "the id of a message stream");
    id.map(|id| id as u32).ok_or(Error::CommandArgument { what, expected })
}

/// The code and description of an `_error` or `onStatus`. Servers like to repeat what they were asked for, keys and all:
/// of that, the query is left out.
fn refusal(command: &Command, url: &PublishUrl) -> ClientError {
    let information = command.arguments.first();
    let text = |name| {
        let value = information.and_then(|information| information.property(name));
        let text = value.and_then(Value::as_str).unwrap_or("(nothing said)");
        match url.stream.split_once('?') {
            Some((_, query)) if !query.is_empty() => text.replace(query, "..."),
            _ => text.to_owned(),
        }
    };
    ClientError::Refused { code: text("code"), description: text("description") }
}

/// Script data as a publisher sends it: `@setDataFrame` tells the server to keep it for those who come later.
fn data_frame(payload: &Bytes) -> Bytes {
    let mut body = amf0::encode_all(&["@setDataFrame".into()]);
    if payload.starts_with(&body) {
        return payload.clone();
    }
    body.extend_from_slice(payload);
    body.into()
}

#[cfg(test)]
mod tests;
