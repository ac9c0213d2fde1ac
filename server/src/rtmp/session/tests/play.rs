//! What a player says and gets.

use super::*;

fn asking(name: &str) -> (Peer, PlayRequest) {
    let mut peer = Peer::connected();
    peer.call_in(1, &Command::new("play", 4.0, vec![name.into(), Value::Number(-2000.0)]));
    let Some(Event::Play(request)) = peer.event() else { panic!("a wish to play is expected") };
    (peer, request)
}

fn playing() -> Peer {
    let (mut peer, _) = asking("cam");
    peer.session.accept_play();
    peer.replies();
    peer
}

#[test]
fn a_player_is_told_that_the_stream_begins() {
    let (mut peer, request) = asking("cam?token=x");
    assert_eq!((request.address.stream.as_str(), request.address.query.as_str()), ("cam", "token=x"));
    assert_eq!(peer.replies(), []);
    peer.session.accept_play();
    let replies = peer.replies();
    assert_eq!(
        summary(&replies),
        [
            "onStatus | status | NetStream.Play.Reset | cam is played from its live edge",
            "onStatus | status | NetStream.Play.Start | cam is played",
        ]
    );
    let first = Control::parse(&replies[0]);
    assert_eq!(first, Ok(Some(Control::User(UserControl::StreamBegin(1)))));
    let data = replies.iter().filter(|message| message.message_type == MessageType::DataAmf0);
    let names: Vec<_> =
        data.map(|message| decode_all(&message.payload, AMF_LIMITS).unwrap()[0].clone()).collect();
    assert_eq!(names, ["|RtmpSampleAccess".into()]);
}

#[test]
fn tags_go_out_as_messages_of_the_stream() {
    let mut peer = playing();
    let big = Bytes::from(vec![0x17; 200_000]);
    peer.session.send_tag(TagType::Video, u32::MAX, big.clone());
    peer.session.send_tag(TagType::Audio, 7, Bytes::from_static(AAC_FRAME));
    let got: Vec<_> = peer
        .replies()
        .into_iter()
        .map(|message| (message.message_type, message.timestamp, message.stream_id, message.payload))
        .collect();
    let expected =
        [(MessageType::Video, u32::MAX, 1, big), (MessageType::Audio, 7, 1, Bytes::from_static(AAC_FRAME))];
    assert_eq!(got, expected);
}

#[test]
fn a_refused_player_is_told_why() {
    for (refusal, code) in [
        (PlayRefusal::StreamNotFound, "NetStream.Play.StreamNotFound"),
        (PlayRefusal::Failed, "NetStream.Play.Failed"),
    ] {
        let (mut peer, _) = asking("cam");
        peer.session.refuse_play(refusal, "because");
        assert_eq!(summary(&peer.replies()), [format!("onStatus | error | {code} | because")]);
        assert_eq!(peer.refusal().as_deref(), Some("because"));
    }
    let mut peer = Peer::new(Config::default());
    peer.call(&connect("rtmp://h/live", "live"));
    let replies = peer.call_in(1, &Command::new("play", 4.0, vec!["cam".into()]));
    let expected = "onStatus | error | NetStream.Play.Failed | there is no vhost \"h\" here";
    assert_eq!(summary(&replies), [expected]);
}

#[test]
fn each_way_to_stop_ends_the_play_once_and_allows_another() {
    for stop in [
        Command::new("closeStream", 0.0, Vec::new()),
        Command::new("deleteStream", 0.0, vec![Value::Number(1.0)]),
    ] {
        let mut peer = playing();
        let replies = peer.call_in(1, &stop);
        assert_eq!(summary(&replies), ["onStatus | status | NetStream.Play.Stop | cam is played no more"]);
        assert_eq!(peer.event(), Some(Event::StopPlay));
        assert_eq!(peer.event(), None);
        peer.session.send_tag(TagType::Audio, 0, Bytes::from_static(AAC_FRAME));
        assert_eq!(peer.replies(), [], "nothing comes behind the end");
        peer.call_in(1, &Command::new("play", 4.0, vec!["cam".into()]));
        assert!(matches!(peer.event(), Some(Event::Play(_))));
    }
}

#[test]
fn pause_and_seek_are_answered_and_change_nothing() {
    let mut peer = playing();
    for name in ["pause", "seek", "receiveAudio"] {
        peer.call_in(1, &Command::new(name, 0.0, vec![Value::Boolean(true)]));
        assert_eq!(peer.event(), None);
        peer.session.send_tag(TagType::Audio, 0, Bytes::from_static(AAC_FRAME));
        assert_eq!(peer.replies().len(), 1);
    }
}

#[test]
fn one_connection_does_not_play_and_publish_at_once() {
    let mut player = playing();
    for name in ["publish", "play"] {
        player.call_in(2, &Command::new(name, 5.0, vec!["other".into()]));
        assert!(matches!(player.event(), Some(Event::Declined(_))));
        player.session.send_tag(TagType::Audio, 0, Bytes::from_static(AAC_FRAME));
        assert_eq!(player.replies().len(), 1, "it plays on");
    }
    let mut publisher = Peer::publishing();
    publisher.call_in(2, &Command::new("play", 5.0, vec!["other".into()]));
    assert!(matches!(publisher.event(), Some(Event::Declined(_))));
}

#[test]
fn the_end_of_the_stream_is_told_in_every_way_that_players_know() {
    let mut peer = playing();
    peer.session.end_play("over");
    let replies = peer.replies();
    assert_eq!(Control::parse(&replies[0]), Ok(Some(Control::User(UserControl::StreamEof(1)))));
    assert_eq!(
        summary(&replies),
        [
            "onStatus | status | NetStream.Play.UnpublishNotify | over",
            "onStatus | status | NetStream.Play.Stop | over",
        ]
    );
}
