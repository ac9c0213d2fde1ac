use super::*;
use crate::config::Vhost;
use crate::rtmp::address::Address;
use crate::rtmp::chunk::{ChunkReader, ChunkWriter};
use crate::rtmp::handshake::ClientHandshake;
use crate::rtmp::message::{BandwidthLimit, Control, UserControl};
use bytes::Bytes;
use flvgate_media::amf0::{Value, decode_all};
use flvgate_media::flv::TagType;

mod identity;
mod media;
mod play;
mod refusals;
mod slicing;

const AMF_LIMITS: amf0::Limits = amf0::Limits { depth: 32, size: 1 << 20 };
const CHUNK_LIMITS: ChunkLimits = ChunkLimits { message_size: 1 << 20, chunk_streams: 64 };
const AAC_FRAME: &[u8] = &[0xaf, 1, 0x21];
const AVC_KEYFRAME: &[u8] = &[0x17, 1, 0, 0, 0, 0x65];

/// A client that says what a test wants, and reads what comes back.
struct Peer {
    session: Session,
    reader: ChunkReader,
    writer: ChunkWriter,
}

fn config() -> Config {
    Config { vhosts: vec![Arc::new(Vhost::default())], ..Config::default() }
}

fn handshake(session: &mut Session) {
    let mut to_server = Vec::new();
    let mut client = ClientHandshake::start(1, &mut to_server);
    session.handle_input(&to_server).unwrap();
    let mut c2 = Vec::new();
    assert!(client.handle_input(&session.take_output(), &mut c2).unwrap().done);
    session.handle_input(&c2).unwrap();
}

impl Peer {
    fn new(config: Config) -> Self {
        let mut session = Session::new(Arc::new(config), 1);
        handshake(&mut session);
        Self { session, reader: ChunkReader::new(CHUNK_LIMITS), writer: ChunkWriter::new() }
    }

    fn connected() -> Self {
        let mut peer = Self::new(config());
        peer.call(&connect("rtmp://h/live", "live"));
        peer
    }

    fn publishing() -> Self {
        let mut peer = Self::connected();
        peer.call_in(1, &Command::new("publish", 5.0, vec!["cam".into(), "live".into()]));
        assert!(matches!(peer.event(), Some(Event::Publish(_))));
        peer.session.accept_publish();
        peer.replies();
        peer
    }

    fn say(&mut self, message: &Message) -> Result<(), Error> {
        let mut bytes = Vec::new();
        self.writer.write(3, message, &mut bytes);
        self.session.handle_input(&bytes)
    }

    fn call(&mut self, command: &Command) -> Vec<Message> {
        self.call_in(0, command)
    }

    fn call_in(&mut self, stream_id: u32, command: &Command) -> Vec<Message> {
        self.say(&command.to_message(stream_id)).unwrap();
        self.replies()
    }

    fn media(&mut self, type_id: u8, timestamp: u32, payload: &[u8]) {
        let payload = Bytes::copy_from_slice(payload);
        let message_type = MessageType::from_id(type_id);
        self.say(&Message { message_type, timestamp, stream_id: 1, payload }).unwrap();
    }

    fn replies(&mut self) -> Vec<Message> {
        let bytes = self.session.take_output();
        let mut rest = &bytes[..];
        std::iter::from_fn(|| self.reader.read(&mut rest).unwrap()).collect()
    }

    fn event(&mut self) -> Option<Event> {
        self.session.next_event()
    }

    /// Why the session is over.
    fn refusal(&mut self) -> Option<String> {
        match self.event()? {
            Event::Refused(refused) => Some(refused.reason),
            other => panic!("a refusal is expected, not {other:?}"),
        }
    }

    fn tags(&mut self) -> Vec<(TagType, u64, Vec<u8>)> {
        std::iter::from_fn(|| self.session.next_event())
            .map(|event| match event {
                Event::Tag(tag) => (tag.tag_type(), tag.timestamp, tag.payload.to_vec()),
                other => panic!("a tag is expected, not {other:?}"),
            })
            .collect()
    }
}

fn connect(tc_url: &str, app: &str) -> Command {
    let object = [("app", app), ("type", "nonprivate"), ("tcUrl", tc_url)];
    let object = object.map(|(name, value)| (name.to_owned(), value.into())).to_vec();
    Command { object: Value::Object(object), ..Command::new("connect", 1.0, Vec::new()) }
}

fn commands(messages: &[Message]) -> Vec<Command> {
    messages
        .iter()
        .filter(|message| message.message_type == MessageType::CommandAmf0)
        .map(|message| Command::parse(message, AMF_LIMITS).unwrap())
        .collect()
}

/// Name, and level, code and description where there are such.
fn summary(messages: &[Message]) -> Vec<String> {
    commands(messages)
        .iter()
        .map(|command| {
            let text = |name| command.arguments.first()?.property(name)?.as_str();
            let parts = [Some(command.name.as_str()), text("level"), text("code"), text("description")];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" | ")
        })
        .collect()
}

#[test]
fn connect_is_answered_in_the_order_of_srs() {
    let mut peer = Peer::new(config());
    let replies = peer.call(&connect("rtmp://h/live", "live"));
    let controls: Vec<_> = replies.iter().filter_map(|message| Control::parse(message).unwrap()).collect();
    let window = Control::WindowAckSize(2_500_000);
    let bandwidth = Control::SetPeerBandwidth { window: 2_500_000, limit: BandwidthLimit::Dynamic };
    assert_eq!(controls, [window, bandwidth]);
    assert_eq!(replies[..2], [window.to_message(), bandwidth.to_message()]);
    let commands = commands(&replies);
    assert_eq!((commands[0].name.as_str(), commands[0].transaction_id), ("_result", 1.0));
    assert_eq!(commands[0].object.property("fmsVer"), Some(&"FMS/3,5,3,888".into()));
    assert_eq!(commands[0].object.property("capabilities"), Some(&127.0.into()));
    let status = &commands[0].arguments[0];
    assert_eq!(status.property("code"), Some(&"NetConnection.Connect.Success".into()));
    assert_eq!(status.property("objectEncoding"), Some(&0.0.into()));
    assert_eq!(commands[1].name, "onBWDone");
}

#[test]
fn who_tells_of_enhanced_capabilities_is_told_ours_and_nobody_else() {
    let mut legacy = Peer::new(config());
    let replies = commands(&legacy.call(&connect("rtmp://h/live", "live")));
    assert_eq!(replies[0].arguments[0].property("capsEx"), None);

    let mut call = connect("rtmp://h/live", "live");
    let Value::Object(object) = &mut call.object else { unreachable!() };
    object.push(("fourCcList".to_owned(), Value::StrictArray(vec!["hvc1".into(), "av01".into()])));
    let mut enhanced = Peer::new(config());
    let replies = commands(&enhanced.call(&call));
    let status = &replies[0].arguments[0];
    assert_eq!(status.property("fourCcList"), Some(&Value::StrictArray(vec!["*".into()])));
    for map in ["videoFourCcInfoMap", "audioFourCcInfoMap"] {
        assert_eq!(status.property(map).and_then(|map| map.property("*")), Some(&4.0.into()), "{map}");
    }
    // Multitrack, ModEx, TimestampNanoOffset.
    assert_eq!(status.property("capsEx"), Some(&14.0.into()));
}

#[test]
fn the_chunk_size_is_that_of_the_vhost_else_of_the_server() {
    let own = Vhost { name: "own.com".into(), chunk_size: Some(777), ..Vhost::default() };
    let mut config = config();
    config.vhosts.push(Arc::new(own));
    let size_for = |tc_url: &str| {
        let mut session = Session::new(Arc::new(config.clone()), 1);
        handshake(&mut session);
        let mut bytes = Vec::new();
        ChunkWriter::new().write(3, &connect(tc_url, "live").to_message(0), &mut bytes);
        session.handle_input(&bytes).unwrap();
        let output = session.take_output();
        // Behind the two control messages of 12 + 4 and 12 + 5 bytes.
        assert_eq!(output[33 + 7], 1, "Set Chunk Size");
        u32::from_be_bytes(output[45..49].try_into().unwrap())
    };
    assert_eq!(size_for("rtmp://h/live"), 60_000);
    assert_eq!(size_for("rtmp://own.com/live"), 777);
    assert_eq!(size_for("rtmp://h/live?vhost=own.com"), 777);
}

#[test]
fn fmle_commands_up_to_publish_are_answered() {
    let mut peer = Peer::connected();
    let call = |name: &str, id, arguments| Command::new(name, id, arguments);
    assert_eq!(summary(&peer.call(&call("releaseStream", 2.0, vec!["cam".into()]))), ["_result"]);
    assert_eq!(summary(&peer.call(&call("FCPublish", 3.0, vec!["cam".into()]))), ["_result"]);
    let created = commands(&peer.call(&call("createStream", 4.0, Vec::new())));
    assert_eq!(created, [call("_result", 4.0, vec![1.0.into()])]);
    let replies = peer.call_in(1, &call("publish", 5.0, vec!["cam?token=x".into(), "live".into()]));
    assert_eq!(replies, [], "the hub has not agreed yet");

    let Some(Event::Publish(request)) = peer.event() else { panic!("a publish request is expected") };
    let expected =
        Address { vhost: "h".into(), app: "live".into(), stream: "cam".into(), query: "token=x".into() };
    assert_eq!(request.address, expected);
    assert_eq!(request.vhost.name, "__defaultVhost__");
    peer.session.accept_publish();
    let replies = peer.replies();
    assert_eq!(Control::parse(&replies[0]), Ok(Some(Control::User(UserControl::StreamBegin(1)))));
    let started = "status | NetStream.Publish.Start | cam is published";
    assert_eq!(summary(&replies), [format!("onFCPublish | {started}"), format!("onStatus | {started}")]);
    assert!(replies[1..].iter().all(|message| message.stream_id == 1));
}

#[test]
fn unknown_calls_get_a_null_result_when_they_wait_for_one() {
    let mut peer = Peer::connected();
    for name in ["_checkbw", "somethingNew"] {
        let result = commands(&peer.call(&Command::new(name, 9.0, Vec::new())));
        assert_eq!(result, [Command::new("_result", 9.0, vec![Value::Null])]);
        assert_eq!(peer.call(&Command::new(name, 0.0, Vec::new())), []);
    }
    let length = commands(&peer.call(&Command::new("getStreamLength", 2.0, vec!["cam".into()])));
    assert_eq!(length, [Command::new("_result", 2.0, vec![0.0.into()])]);
}

#[test]
fn answers_of_the_client_are_not_answered() {
    let mut peer = Peer::connected();
    for name in ["_result", "_error", "onStatus"] {
        assert_eq!(peer.call(&Command::new(name, 7.0, Vec::new())), []);
    }
}

#[test]
fn amf3_commands_and_data_are_understood() {
    let mut peer = Peer::new(config());
    let amf3 = |command: &Command, stream_id| {
        let message = command.to_message(stream_id);
        let payload = [&[0], &message.payload[..]].concat().into();
        Message { message_type: MessageType::CommandAmf3, payload, ..message }
    };
    peer.say(&amf3(&connect("rtmp://h/live", "live"), 0)).unwrap();
    peer.say(&amf3(&Command::new("publish", 2.0, vec!["cam".into()]), 1)).unwrap();
    assert!(matches!(peer.event(), Some(Event::Publish(_))));
    let metadata = amf0::encode_all(&["onMetaData".into(), Value::EcmaArray(Vec::new())]);
    peer.media(15, 0, &[&[0], &metadata[..]].concat());
    assert_eq!(peer.tags().len(), 1);
}

#[test]
fn each_way_to_unpublish_ends_the_publication_once_and_allows_another() {
    let ways = [
        (0, Command::new("FCUnpublish", 6.0, vec!["cam".into()])),
        (1, Command::new("closeStream", 0.0, Vec::new())),
        (0, Command::new("deleteStream", 7.0, vec![1.0.into()])),
        (0, Command::new("deleteStream", 7.0, Vec::new())),
    ];
    for (stream_id, command) in ways {
        let mut peer = Peer::publishing();
        let replies = peer.call_in(stream_id, &command);
        assert!(summary(&replies).contains(
            &"onStatus | status | NetStream.Unpublish.Success | cam is published no more".to_owned()
        ));
        assert_eq!(peer.event(), Some(Event::Unpublish));
        peer.call(&Command::new("deleteStream", 8.0, vec![1.0.into()]));
        peer.media(8, 0, AAC_FRAME);
        assert_eq!(peer.event(), None);
        peer.call_in(1, &Command::new("publish", 9.0, vec!["cam".into()]));
        assert!(matches!(peer.event(), Some(Event::Publish(_))));
    }
}

#[test]
fn deleting_another_stream_leaves_the_publication_alone() {
    let mut peer = Peer::publishing();
    peer.call(&Command::new("deleteStream", 8.0, vec![2.0.into()]));
    peer.call_in(2, &Command::new("closeStream", 0.0, Vec::new()));
    assert_eq!(peer.event(), None);
}

#[test]
fn unknown_message_types_are_ignored() {
    let mut peer = Peer::publishing();
    for type_id in [0, 7, 10, 16, 19, 23, 255] {
        peer.media(type_id, 0, &[1, 2, 3]);
    }
    assert_eq!(peer.event(), None);
}

#[test]
fn bytes_are_acknowledged_as_the_client_wants_it() {
    let mut peer = Peer::connected();
    peer.say(&Control::WindowAckSize(2000).to_message()).unwrap();
    peer.replies();
    let before = peer.session.counters().bytes;
    assert!(before > 3000, "the handshake counts");
    let replies = peer.call(&Command::new("x", 0.0, Vec::new()));
    let expected = u32::try_from(peer.session.counters().bytes).unwrap();
    assert_eq!(Control::parse(&replies[0]), Ok(Some(Control::Acknowledgement(expected))));
}

#[test]
fn closing_by_our_will_tells_the_client_why() {
    let mut peer = Peer::publishing();
    peer.session.close("the server is stopping");
    assert_eq!(
        summary(&peer.replies()),
        ["onStatus | error | NetConnection.Connect.Closed | the server is stopping"]
    );
}
