use bytes::Bytes;
use flvgate_media::amf0::{self, Value};
use flvgate_media::flv::TagType;

use super::{Call, Command, Event, Message, MessageType, PlayRefusal, PlayRequest, Refused, Session, State};
use crate::hub::Route;
use crate::rtmp::address::Address;
use crate::rtmp::command::{ROUTE, properties};
use crate::rtmp::message::{Control, UserControl};

/// Chunk streams of what is played, so that a long video message does not hold back the sound for longer than a chunk.
const AUDIO: u32 = 6;
const VIDEO: u32 = 7;
const DATA: u32 = 8;

impl Session {
    /// Answers [`Event::Play`]: tags follow. No effect when the client does not want it any more.
    pub fn accept_play(&mut self) {
        self.start_play(None);
    }

    /// As [`accept_play`](Self::accept_play), for an edge, which is to know the `route` of what it gets.
    pub fn accept_play_of_edge(&mut self, route: &Route) {
        self.start_play(Some(route));
    }

    fn start_play(&mut self, route: Option<&Route>) {
        let State::Playing { stream_id, stream, .. } = &self.state else { return };
        let stream_id = *stream_id;
        let status = |code, description: String| Command::on_status("status", code, &description);
        let reset = status("NetStream.Play.Reset", format!("{stream} is played from its live edge"));
        let mut start = status("NetStream.Play.Start", format!("{stream} is played"));
        if let (Some(route), Some(Value::Object(status))) = (route, start.arguments.first_mut()) {
            status.extend(properties([(ROUTE, route.to_string().as_str().into())]));
        }
        self.link.send_control(Control::User(UserControl::StreamBegin(stream_id)));
        self.send(&reset, stream_id);
        self.send(&start, stream_id);
        // Flash shows a stream's samples to its program only when it is told that it may.
        self.send_data(&["|RtmpSampleAccess".into(), Value::Boolean(true), Value::Boolean(true)]);
        // No `NetStream.Data.Start` behind it, which SRS sends: libavformat takes that for a data track of the stream.
    }

    /// Answers [`Event::Play`]: the client gets nothing; `description` tells why. The session is over.
    pub fn refuse_play(&mut self, refusal: PlayRefusal, description: &str) {
        self.refuse_active(refusal.code(), description);
    }

    /// Sends one tag of what is played; `timestamp` is in milliseconds, and `payload` the tag's body. Nothing is sent
    /// to one who does not play.
    pub fn send_tag(&mut self, tag_type: TagType, timestamp: u32, payload: Bytes) {
        let State::Playing { stream_id, .. } = self.state else { return };
        let chunk_stream = match tag_type {
            TagType::Audio => AUDIO,
            TagType::Video => VIDEO,
            TagType::Script => DATA,
        };
        let message_type = MessageType::from_id(tag_type.id());
        self.link.send(chunk_stream, &Message { message_type, timestamp, stream_id, payload });
    }

    /// Tells a player that the stream is over. The session is over, too.
    pub fn end_play(&mut self, description: &str) {
        let State::Playing { stream_id, .. } = self.state else { return };
        self.link.send_control(Control::User(UserControl::StreamEof(stream_id)));
        for code in ["NetStream.Play.UnpublishNotify", "NetStream.Play.Stop"] {
            self.send(&Command::on_status("status", code, description), stream_id);
        }
        self.end(self.refused_active(description));
    }

    /// RTMP 1.0 section 7.2.2.1. What is live is played from now on, whatever start and duration the client asks for.
    pub(super) fn ask_to_play(&mut self, command: &Command, stream_id: u32) {
        let name = command.text(0).unwrap_or_default();
        let client = match &self.state {
            State::Idle(client) => client.clone(),
            State::Playing { client, stream, .. } | State::Publishing { client, stream, .. } => {
                let reason = format!("this connection is about {stream:?} already");
                let refused = Refused::new(Call::Play, &client.app, name, &reason);
                return self.decline(stream_id, PlayRefusal::Failed.code(), refused);
            }
            State::Handshake(_) | State::Connect | State::Refused => return,
        };
        let refused = |reason: &str| Refused::new(Call::Play, &client.app, name, reason);
        let address = match Address::resolve(&client.tc_url, &client.app, name) {
            Ok(address) => address,
            Err(error) => {
                let refused = refused(&error.to_string());
                return self.refuse(stream_id, PlayRefusal::StreamNotFound.code(), refused);
            }
        };
        let Some(vhost) = self.config.vhost(&address.vhost).cloned() else {
            let reason = format!("there is no vhost {:?} here", address.vhost);
            return self.refuse(stream_id, PlayRefusal::Failed.code(), refused(&reason));
        };
        let request = PlayRequest {
            tc_url: client.tc_url.clone(),
            page_url: client.page_url.clone(),
            swf_url: client.swf_url.clone(),
            asked_by: client.route.clone(),
            address,
            vhost,
        };
        self.state = State::Playing { client, stream_id, stream: request.address.stream.clone() };
        self.events.push_back(Event::Play(request));
    }

    pub(super) fn stop_play(&mut self) {
        let State::Playing { client, stream_id, stream } = &mut self.state else { return };
        let (client, stream_id) = (std::mem::take(client), *stream_id);
        let description = format!("{stream} is played no more");
        self.state = State::Idle(client);
        self.send(&Command::on_status("status", "NetStream.Play.Stop", &description), stream_id);
        self.events.push_back(Event::StopPlay);
    }

    fn send_data(&mut self, values: &[Value]) {
        self.send_tag(TagType::Script, 0, amf0::encode_all(values).into());
    }
}
