//! What a session asks of whoever runs it, and the answers that it takes.

use std::sync::Arc;

use flvgate_media::flv::Tag;

use crate::config::Vhost;
use crate::hub::Route;
use crate::hub::clients::Encoder;
use crate::rtmp::address::Address;
use crate::rtmp::command::LOOP;

/// What happens in a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The client asks to play, which is to be answered as a wish to publish is, by
    /// [`accept_play`](super::Session::accept_play) or [`refuse_play`](super::Session::refuse_play).
    Play(PlayRequest),
    /// The client plays no more.
    StopPlay,
    /// The client asks to publish. Tags may follow at once, before the answer.
    Publish(PublishRequest),
    /// Audio, video or metadata, with the publisher's timestamps.
    Tag(Tag),
    /// The client publishes no more; it may publish again in this connection.
    Unpublish,
    /// The client has been refused, and the output tells it why: send that, then close. Nothing follows.
    Refused(Refused),
    /// The client has asked for something beside what it does already, and has been told that it cannot have it. What it
    /// does goes on. A session has no more than 16 of these.
    Declined(Refused),
}

/// What a client asks of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// To be connected to an app.
    Connect,
    /// To publish a stream.
    Publish,
    /// To play a stream.
    Play,
}

/// What was refused, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What the client has asked.
    pub call: Call,
    /// The app as the client has sent it, at most 128 characters, without its query.
    pub app: String,
    /// The stream as the client has sent it, at most 128 characters, without its query; empty when it has named none.
    pub stream: String,
    /// Why, in words that the client is told as well.
    pub reason: String,
}

/// Characters of a name that the log shows.
const MAX_SHOWN: usize = 128;

impl Call {
    /// The command's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Publish => "publish",
            Self::Play => "play",
        }
    }
}

impl Refused {
    pub(super) fn new(call: Call, app: &str, stream: &str, reason: &str) -> Self {
        Self { call, app: shown(app), stream: shown(stream), reason: reason.to_owned() }
    }
}

/// Queries have tokens in them, which are nobody's business.
fn shown(name: &str) -> String {
    name.split('?').next().unwrap_or_default().chars().take(MAX_SHOWN).collect()
}

/// What a client asks to play.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayRequest {
    /// What was asked for. Its vhost is the name asked for, not necessarily that of `vhost`.
    pub address: Address,
    /// The vhost that serves it.
    pub vhost: Arc<Vhost>,
    /// The client's tcUrl, for the log.
    pub tc_url: String,
    /// The page that the client says it is in; empty when it does not say.
    pub page_url: String,
    /// The Flash program that the client says it is; empty when it does not say.
    pub swf_url: String,
    /// The edges that the wish has come through; empty when the client is none.
    pub asked_by: Route,
}

/// What a client asks to publish.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishRequest {
    /// What was asked for. Its vhost is the name asked for, not necessarily that of `vhost`.
    pub address: Address,
    /// The vhost that serves it.
    pub vhost: Arc<Vhost>,
    /// The client's tcUrl, for the log.
    pub tc_url: String,
    /// The page that the client says it is in; empty when it does not say.
    pub page_url: String,
    /// The Flash program that the client says it is; empty when it does not say.
    pub swf_url: String,
    /// What kind of client it is.
    pub encoder: Encoder,
    /// How it came here, if a server forwards it.
    pub route: Route,
}

/// Why a player is refused; the code of its `onStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayRefusal {
    /// `NetStream.Play.StreamNotFound`: it is not live.
    StreamNotFound,
    /// `NetStream.Play.Failed`: the client may not play it, or there is no place for it here.
    Failed,
}

/// Why a publisher is refused; the code of its `onStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `NetStream.Publish.BadName`: the name is none, or is taken.
    BadName,
    /// `NetStream.Publish.Loop`, which is ours: it has come back to where it was forwarded from.
    Loop,
    /// `NetStream.Publish.Rejected`: there is no place for it here.
    Rejected,
}

impl PlayRefusal {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::StreamNotFound => "NetStream.Play.StreamNotFound",
            Self::Failed => "NetStream.Play.Failed",
        }
    }
}

impl Refusal {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::BadName => "NetStream.Publish.BadName",
            Self::Loop => LOOP,
            Self::Rejected => "NetStream.Publish.Rejected",
        }
    }
}
