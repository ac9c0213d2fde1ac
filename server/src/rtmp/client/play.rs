//! The player's side of a connection: a session, bytes in and out, tags out, without socket and clock.

use std::collections::VecDeque;

use flvgate_media::amf0::Value;
use flvgate_media::flv::Tag;

use super::{
    AMF_LIMITS, CHUNK_LIMITS, COMMANDS, CONNECT, CREATE_STREAM, ClientError, DELETE_STREAM, PublishUrl,
    connect_command, created_stream, refusal,
};
use crate::hub::Route;
use crate::rtmp::chunk::ChunkLimits;
use crate::rtmp::command::{Command, ROUTE};
use crate::rtmp::handshake::ClientHandshake;
use crate::rtmp::link::Link;
use crate::rtmp::message::{Message, MessageType};
use crate::rtmp::tags::for_each_tag;

/// Frames are longer than commands: as long as a chunk header can say.
const PLAY_LIMITS: ChunkLimits = ChunkLimits { message_size: 0xff_ffff, ..CHUNK_LIMITS };

/// Tags that room is kept for between two reads.
const KEPT_TAGS: usize = 64;

/// The transaction id of `play`.
const PLAY: f64 = 5.0;

/// Plays one stream of a server.
///
/// Send what [`take_output`](Self::take_output) has, give it what comes in, and take the tags.
#[derive(Debug)]
pub struct PlaySession {
    state: State,
    link: Link,
    url: PublishUrl,
    /// How the wish for the stream has come here.
    asked_by: Route,
    /// How the server says that the stream has come to it.
    route: Route,
    tags: VecDeque<Tag>,
    /// Audio and video messages so far, tags or not.
    media_messages: u64,
}

#[derive(Debug)]
enum State {
    Handshake(ClientHandshake),
    /// Has called connect.
    Connecting,
    /// Has called createStream.
    CreatingStream,
    /// Has called play.
    Asking {
        stream_id: u32,
    },
    Playing {
        stream_id: u32,
    },
    Finished,
}

impl PlaySession {
    /// A session that is about to send its handshake, on behalf of those whose wish has come by `asked_by`; `seed` makes
    /// the handshake's random bytes.
    #[must_use]
    pub fn new(url: PublishUrl, asked_by: Route, seed: u64) -> Self {
        let mut output = Vec::new();
        let handshake = ClientHandshake::start(seed, &mut output);
        Self {
            state: State::Handshake(handshake),
            link: Link::new(PLAY_LIMITS, output),
            url,
            asked_by,
            route: Route::default(),
            tags: VecDeque::new(),
            media_messages: 0,
        }
    }

    /// Takes the server's next bytes, in any slicing.
    ///
    /// # Errors
    /// When the server refuses, ends the stream, sends us elsewhere, or does not speak RTMP. The session is over then;
    /// tags that came before are still there.
    pub fn handle_input(&mut self, mut input: &[u8]) -> Result<(), ClientError> {
        self.link.count_received(input.len());
        if let State::Handshake(handshake) = &mut self.state {
            let progress = handshake.handle_input(input, self.link.output())?;
            if !progress.done {
                return Ok(());
            }
            input = &input[progress.used..];
            self.state = State::Connecting;
            self.link.send(COMMANDS, &connect_command(&self.url, &self.asked_by).to_message(0));
        }
        while let Some(message) = self.link.next_message(&mut input)? {
            self.handle_message(&message)?;
        }
        Ok(())
    }

    /// What is to be sent, which may be nothing.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(self.link.output())
    }

    /// The next tag, with the server's timestamp, which wraps at 2^32 ms.
    pub fn next_tag(&mut self) -> Option<Tag> {
        let tag = self.tags.pop_front();
        if tag.is_none() {
            // A read full of tiny tags has made room for thousands.
            self.tags.shrink_to(KEPT_TAGS);
        }
        tag
    }

    /// Whether the server has agreed to play.
    #[must_use]
    pub const fn is_playing(&self) -> bool {
        matches!(self.state, State::Playing { .. })
    }

    /// How many audio and video messages have come.
    #[must_use]
    pub const fn media_messages(&self) -> u64 {
        self.media_messages
    }

    /// How the stream has come to the server; known while it [plays](Self::is_playing), and empty when the server does
    /// not know of routes.
    #[must_use]
    pub const fn route(&self) -> &Route {
        &self.route
    }

    /// Tells the server that we want no more.
    pub fn finish(&mut self) {
        if let State::Asking { stream_id } | State::Playing { stream_id } = self.state {
            self.call("deleteStream", DELETE_STREAM, vec![Value::Number(stream_id.into())]);
        }
        self.state = State::Finished;
    }

    fn handle_message(&mut self, message: &Message) -> Result<(), ClientError> {
        match message.message_type {
            MessageType::CommandAmf0 | MessageType::CommandAmf3 => {
                match Command::parse_leading(message, AMF_LIMITS) {
                    Ok((command, _)) => self.handle_command(&command),
                    // What is no command concerns no play.
                    Err(_) => Ok(()),
                }
            }
            _ => {
                self.handle_media(message);
                Ok(())
            }
        }
    }

    fn handle_media(&mut self, message: &Message) {
        // Some servers send the stream's beginning before they agree.
        if !matches!(self.state, State::Asking { .. } | State::Playing { .. }) {
            return;
        }
        for_each_tag(message, AMF_LIMITS, &mut |_, tag| {
            self.media_messages += 1;
            self.tags.extend(tag);
        });
    }

    fn handle_command(&mut self, command: &Command) -> Result<(), ClientError> {
        let id = command.transaction_id;
        match (&self.state, command.name.as_str()) {
            (State::Finished, _) => {}
            (_, "_error") => return Err(self.refused(command)),
            (State::Connecting, "_result") if id == CONNECT => {
                self.state = State::CreatingStream;
                self.call("createStream", CREATE_STREAM, Vec::new());
            }
            (State::CreatingStream, "_result") if id == CREATE_STREAM => {
                let stream_id = created_stream(command)?;
                self.state = State::Asking { stream_id };
                // Without a start: what is live, from now on.
                let arguments = vec![self.url.stream.as_str().into()];
                self.link.send(COMMANDS, &Command::new("play", PLAY, arguments).to_message(stream_id));
            }
            (_, "onStatus") => self.handle_status(command)?,
            _ => {}
        }
        Ok(())
    }

    fn handle_status(&mut self, command: &Command) -> Result<(), ClientError> {
        let text = |name| command.arguments.first()?.property(name)?.as_str();
        let code = text("code").unwrap_or_default();
        match (text("level"), code, &self.state) {
            // Some servers call a missing stream a status.
            (Some("error"), ..) | (_, "NetStream.Play.StreamNotFound" | "NetStream.Play.Failed", _) => {
                Err(self.refused(command))
            }
            (_, "NetStream.Play.Start", State::Asking { stream_id }) => {
                self.route = text(ROUTE).map(Route::parse).unwrap_or_default();
                self.state = State::Playing { stream_id: *stream_id };
                Ok(())
            }
            (
                _,
                "NetStream.Play.UnpublishNotify" | "NetStream.Play.Stop" | "NetStream.Play.Complete",
                State::Asking { .. } | State::Playing { .. },
            ) => Err(ClientError::Ended(code.to_owned())),
            _ => Ok(()),
        }
    }

    /// Why the server does not play; perhaps it tells who does, as SRS and others do.
    fn refused(&self, command: &Command) -> ClientError {
        let information = command.arguments.first();
        let text = |name| information?.property("ex")?.property(name)?.as_str();
        let by_url = || text("redirect2")?.parse().ok();
        let by_tc_url = || {
            // A tcUrl's query goes with the stream's: SRS names the vhost in it.
            let tc_url = text("redirect")?;
            let (tc_url, query) = tc_url.split_once('?').unwrap_or((tc_url, ""));
            let separator = match (query, self.url.stream.contains('?')) {
                ("", _) => "",
                (_, true) => "&",
                (_, false) => "?",
            };
            format!("{tc_url}/{}{separator}{query}", self.url.stream).parse().ok()
        };
        let target: Option<PublishUrl> = by_url().or_else(by_tc_url);
        target.map_or_else(|| refusal(command, &self.url), |url| ClientError::Redirected(Box::new(url)))
    }

    fn call(&mut self, name: &str, id: f64, arguments: Vec<Value>) {
        self.link.send(COMMANDS, &Command::new(name, id, arguments).to_message(0));
    }
}

#[cfg(test)]
mod tests;
