use flvgate_media::amf0::Value;

use super::{
    COMMANDS, Call, Client, Command, Error, Event, MAX_DECLINED, PublishRequest, Refusal, Refused,
    STREAM_COMMANDS, Session, State,
};
use crate::hub::Route;
use crate::hub::clients::Encoder;
use crate::rtmp::address::{Address, check_connect};
use crate::rtmp::command::{ROUTE, information, properties};
use crate::rtmp::message::{BandwidthLimit, Control, UserControl};

/// The window that we ask acknowledgements for, in bytes; SRS's.
const WINDOW: u32 = 2_500_000;

/// What Flash Media Server called itself when encoders learnt to look at it.
const FMS_VERSION: &str = "FMS/3,5,3,888";

/// Characters of a command's name in an error.
const MAX_NAME: usize = 64;

/// What E-RTMP adds to `connect` and its answer ("Enhancing NetConnection connect Command").
const CAPABILITIES: [&str; 4] = ["fourCcList", "videoFourCcInfoMap", "audioFourCcInfoMap", "capsEx"];
/// `FourCcInfoMask`: every codec is forwarded as it comes, none decoded or encoded.
const CAN_FORWARD: f64 = 4.0;
/// `CapsExMask`: `Multitrack`, `ModEx` and `TimestampNanoOffset`; not `Reconnect`, for we never ask anybody to.
const EXTENDED_CAPABILITIES: f64 = (2 + 4 + 8) as f64;

impl Session {
    pub(super) fn handle_command(&mut self, command: &Command, stream_id: u32) -> Result<(), Error> {
        match (&self.state, command.name.as_str()) {
            // Answers to what we have called.
            (_, "_result" | "_error" | "onStatus") => {}
            (State::Connect, "connect") => self.connect(command)?,
            (State::Connect, name) => return Err(Error::NotConnected(name.chars().take(MAX_NAME).collect())),
            (_, "connect") => {
                self.counters.ignored += 1;
                if self.counters.ignored <= MAX_DECLINED {
                    self.answer_error(command, "connected already");
                }
            }
            (_, "createStream") => self.create_stream(command),
            (_, "FCPublish") => {
                if let State::Idle(client) = &mut self.state {
                    client.fc_publish = true;
                    let encoder = if client.streams == 0 { Encoder::Fmle } else { Encoder::Haivision };
                    client.encoder.get_or_insert(encoder);
                }
                self.answer(command, Value::Undefined);
            }
            (_, "publish") => self.publish(command, stream_id),
            (_, "FCUnpublish") => {
                self.answer(command, Value::Undefined);
                self.unpublish_name(command.text(0).unwrap_or_default());
            }
            (_, "closeStream") => self.unpublish_if(stream_id),
            (_, "deleteStream") => self.delete_stream(command),
            (_, "getStreamLength") => self.answer(command, Value::Number(0.0)),
            (_, "play") => self.ask_to_play(command, stream_id),
            (_, "releaseStream") => {
                if let State::Idle(client) = &mut self.state {
                    client.encoder.get_or_insert(Encoder::Fmle);
                }
                self.answer(command, Value::Undefined);
            }
            // `_checkbw` and everything that nobody has documented: whoever waits for an answer gets one.
            _ => self.answer(command, Value::Null),
        }
        Ok(())
    }

    /// RTMP 1.0 section 7.2.1.1; answered in the order of SRS.
    fn connect(&mut self, command: &Command) -> Result<(), Error> {
        let text =
            |name| command.object.property(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if command.object.properties().is_none() {
            return Err(Error::CommandArgument { what: "connect", expected: "a command object" });
        }
        let client = Client {
            tc_url: text("tcUrl"),
            page_url: text("pageUrl"),
            swf_url: text("swfUrl"),
            app: text("app"),
            route: Route::parse(&text(ROUTE)),
            ..Client::default()
        };
        if let Err(error) = check_connect(&client.app) {
            let description = error.to_string();
            self.answer_error(command, &description);
            self.end(Refused::new(Call::Connect, &client.app, "", &description));
            return Ok(());
        }
        self.link.send_control(Control::WindowAckSize(WINDOW));
        self.link.send_control(Control::SetPeerBandwidth { window: WINDOW, limit: BandwidthLimit::Dynamic });
        let chunk_size = self.chunk_size(&client);
        self.link.set_chunk_size(chunk_size);
        let is_enhanced = CAPABILITIES.iter().any(|name| command.object.property(name).is_some());
        self.send(&connect_result(command.transaction_id, is_enhanced), 0);
        self.send(&Command::new("onBWDone", 0.0, Vec::new()), 0);
        self.state = State::Idle(client);
        Ok(())
    }

    /// A vhost has its own, perhaps; the stream that would tell it for sure is not known yet.
    fn chunk_size(&self, client: &Client) -> u32 {
        let vhost = Address::resolve(&client.tc_url, &client.app, "any")
            .ok()
            .and_then(|address| self.config.vhost(&address.vhost)?.chunk_size);
        vhost.unwrap_or(self.config.rtmp.chunk_size)
    }

    /// RTMP 1.0 section 7.2.1.3. A message stream costs nothing before something is published or played in it.
    fn create_stream(&mut self, command: &Command) {
        let (State::Idle(client) | State::Playing { client, .. } | State::Publishing { client, .. }) =
            &mut self.state
        else {
            return;
        };
        client.streams = client.streams.saturating_add(1);
        let id = Value::Number(client.streams.into());
        self.answer(command, id);
    }

    /// RTMP 1.0 section 7.2.2.6. The publishing type, `live`, `record` or `append`, makes no difference here.
    fn publish(&mut self, command: &Command, stream_id: u32) {
        let name = command.text(0).unwrap_or_default();
        let client = match &self.state {
            State::Idle(client) => client.clone(),
            State::Publishing { client, stream, .. } => {
                let reason = format!("this connection publishes {stream:?} already");
                let refused = Refused::new(Call::Publish, &client.app, name, &reason);
                return self.decline(stream_id, Refusal::BadName.code(), refused);
            }
            State::Playing { client, stream, .. } => {
                let reason = format!("this connection plays {stream:?}");
                let refused = Refused::new(Call::Publish, &client.app, name, &reason);
                return self.decline(stream_id, Refusal::BadName.code(), refused);
            }
            State::Handshake(_) | State::Connect | State::Refused => return,
        };
        let refused = |reason: &str| Refused::new(Call::Publish, &client.app, name, reason);
        let address = match Address::resolve(&client.tc_url, &client.app, name) {
            Ok(address) => address,
            Err(error) => {
                return self.refuse(stream_id, Refusal::BadName.code(), refused(&error.to_string()));
            }
        };
        let Some(vhost) = self.config.vhost(&address.vhost).cloned() else {
            let reason = format!("there is no vhost {:?} here", address.vhost);
            return self.refuse(stream_id, Refusal::Rejected.code(), refused(&reason));
        };
        let request = PublishRequest {
            tc_url: client.tc_url.clone(),
            page_url: client.page_url.clone(),
            swf_url: client.swf_url.clone(),
            encoder: client.encoder.unwrap_or(Encoder::Flash),
            route: client.route.clone(),
            address,
            vhost,
        };
        self.state = State::Publishing { client, stream_id, stream: request.address.stream.clone() };
        self.events.push_back(Event::Publish(request));
    }

    pub(super) fn start_publication(&mut self) {
        let State::Publishing { client, stream_id, stream } = &self.state else { return };
        let (stream_id, fc_publish) = (*stream_id, client.fc_publish);
        let description = format!("{stream} is published");
        let code = "NetStream.Publish.Start";
        self.link.send_control(Control::User(UserControl::StreamBegin(stream_id)));
        if fc_publish {
            let status = information("status", code, &description);
            self.send(&Command::new("onFCPublish", 0.0, vec![status]), stream_id);
        }
        self.send(&Command::on_status("status", code, &description), stream_id);
    }

    fn delete_stream(&mut self, command: &Command) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let stream_id = command.arguments.first().and_then(Value::as_number).unwrap_or_default() as u32;
        self.unpublish_if(stream_id);
    }

    /// `FCUnpublish` names a stream, in whatever form; only a connection that has asked for two can mean another one.
    fn unpublish_name(&mut self, name: &str) {
        if let State::Publishing { client, stream, .. } | State::Playing { client, stream, .. } = &self.state
            && client.declined > 0
            && Address::resolve(&client.tc_url, &client.app, name)
                .is_ok_and(|address| address.stream != *stream)
        {
            return;
        }
        self.unpublish();
    }

    /// Some encoders name message stream 0 where they mean the only one there is.
    fn unpublish_if(&mut self, stream_id: u32) {
        if stream_id == 0 || stream_id == self.active_stream_id() {
            self.unpublish();
        }
    }

    fn unpublish(&mut self) {
        if matches!(self.state, State::Playing { .. }) {
            return self.stop_play();
        }
        let State::Publishing { client, stream_id, stream } = &mut self.state else { return };
        let (client, stream_id) = (std::mem::take(client), *stream_id);
        let description = format!("{stream} is published no more");
        self.state = State::Idle(client);
        let code = "NetStream.Unpublish.Success";
        self.send(&Command::on_status("status", code, &description), stream_id);
        self.events.push_back(Event::Unpublish);
    }

    /// A call with transaction id 0 wants no answer.
    fn answer(&mut self, command: &Command, result: Value) {
        if command.transaction_id != 0.0 {
            self.send(&Command::new("_result", command.transaction_id, vec![result]), 0);
        }
    }

    fn answer_error(&mut self, command: &Command, description: &str) {
        let error = information("error", "NetConnection.Connect.Rejected", description);
        self.send(&Command::new("_error", command.transaction_id, vec![error]), 0);
    }

    pub(super) fn send(&mut self, command: &Command, stream_id: u32) {
        let chunk_stream = if stream_id == 0 { COMMANDS } else { STREAM_COMMANDS };
        self.link.send(chunk_stream, &command.to_message(stream_id));
    }
}

/// `is_enhanced`: the client has told of capabilities of its own, and wants to know ours. Others get what they always got.
fn connect_result(transaction_id: f64, is_enhanced: bool) -> Command {
    let server = properties([
        ("fmsVer", FMS_VERSION.into()),
        ("capabilities", Value::Number(127.0)),
        ("mode", Value::Number(1.0)),
    ]);
    let mut status = information("status", "NetConnection.Connect.Success", "connected");
    if let Value::Object(status) = &mut status {
        status.extend(properties([
            // AMF0, whatever the client asked for: it is the server's choice.
            ("objectEncoding", Value::Number(0.0)),
            ("data", Value::EcmaArray(properties([("server", env!("CARGO_PKG_NAME").into())]))),
        ]));
        if is_enhanced {
            let any = || Value::Object(properties([("*", Value::Number(CAN_FORWARD))]));
            let values =
                [Value::StrictArray(vec!["*".into()]), any(), any(), Value::Number(EXTENDED_CAPABILITIES)];
            status.extend(CAPABILITIES.into_iter().map(str::to_owned).zip(values));
        }
    }
    Command { object: Value::Object(server), ..Command::new("_result", transaction_id, vec![status]) }
}
