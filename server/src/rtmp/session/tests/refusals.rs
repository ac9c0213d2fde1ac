//! What a client is told that asks for what it cannot have.

use super::*;

#[test]
fn another_command_before_connect_is_refused() {
    let mut peer = Peer::new(config());
    let error = peer.say(&Command::new("publish", 1.0, Vec::new()).to_message(1)).unwrap_err();
    assert_eq!(error.to_string(), "expected the command connect first, got \"publish\"");
}

#[test]
fn an_empty_app_is_refused_at_connect() {
    let mut peer = Peer::new(config());
    let replies = peer.call(&connect("rtmp://h/", ""));
    let description = "expected the name of the app, got nothing";
    assert_eq!(
        summary(&replies),
        [format!("_error | error | NetConnection.Connect.Rejected | {description}")]
    );
    assert_eq!(peer.refusal().as_deref(), Some(description));
}

#[test]
fn an_empty_stream_name_is_refused_with_bad_name() {
    for arguments in [vec![], vec!["".into()], vec!["?token=x".into()], vec![Value::Null]] {
        let mut peer = Peer::connected();
        let replies = peer.call_in(1, &Command::new("publish", 5.0, arguments));
        let description = "expected the name of the stream, got nothing";
        assert_eq!(
            summary(&replies),
            [format!("onStatus | error | NetStream.Publish.BadName | {description}")]
        );
        assert_eq!(peer.refusal().as_deref(), Some(description));
    }
}

#[test]
fn without_a_vhost_a_publisher_is_rejected() {
    let mut peer = Peer::new(Config::default());
    peer.call(&connect("rtmp://nobody.com/live", "live"));
    let replies = peer.call_in(1, &Command::new("publish", 5.0, vec!["cam".into()]));
    let expected = "onStatus | error | NetStream.Publish.Rejected | there is no vhost \"nobody.com\" here";
    assert_eq!(summary(&replies), [expected]);
    assert!(matches!(peer.event(), Some(Event::Refused(_))));
}

#[test]
fn a_taken_stream_is_refused_with_bad_name_and_nothing_more_is_heard() {
    let mut peer = Peer::connected();
    peer.call_in(1, &Command::new("publish", 5.0, vec!["cam".into()]));
    peer.event();
    peer.session.refuse_publish(Refusal::BadName, "taken");
    let replies = peer.replies();
    assert_eq!(summary(&replies), ["onStatus | error | NetStream.Publish.BadName | taken"]);
    assert_eq!(replies[0].stream_id, 1);
    assert_eq!(peer.refusal().as_deref(), Some("taken"));
    peer.media(8, 0, AAC_FRAME);
    assert_eq!(peer.call(&Command::new("createStream", 6.0, Vec::new())), []);
    assert_eq!(peer.event(), None);
}

#[test]
fn a_second_publish_or_play_in_a_connection_is_refused_and_the_first_goes_on() {
    let publish = |stream_id, name: &str| (stream_id, Command::new("publish", 6.0, vec![name.into()]));
    let play = |stream_id, name: &str| (stream_id, Command::new("play", 6.0, vec![name.into()]));
    let wishes = [
        publish(2, "other"),
        publish(2, "cam"),
        publish(1, "other"),
        publish(1, "cam"),
        publish(2, ""),
        play(2, "other"),
        play(1, "cam"),
    ];
    for (stream_id, wish) in wishes {
        let mut peer = Peer::publishing();
        let replies = peer.call_in(stream_id, &wish);
        let [told] = &summary(&replies)[..] else { panic!("one answer is expected: {replies:?}") };
        assert!(
            told.starts_with("onStatus | error | NetStream.P") && told.contains("\"cam\" already"),
            "{told}"
        );
        assert_eq!(replies[0].stream_id, stream_id);
        let Some(Event::Declined(refused)) = peer.event() else { panic!("{wish:?} is declined") };
        assert_eq!((refused.call.name(), refused.app.as_str()), (wish.name.as_str(), "live"));
        assert_eq!(peer.session.counters().ignored, 1);
        peer.media(8, 0, AAC_FRAME);
        assert_eq!(peer.tags().len(), 1, "the first goes on behind {wish:?}");
    }
}

#[test]
fn what_belongs_to_a_refused_second_publish_is_not_mixed_into_the_first_nor_ends_it() {
    let mut peer = Peer::publishing();
    peer.call_in(2, &Command::new("publish", 6.0, vec!["other?token=x".into()]));
    assert!(matches!(peer.event(), Some(Event::Declined(refused)) if refused.stream == "other"));
    let payload = Bytes::from_static(AAC_FRAME);
    let message_type = MessageType::Audio;
    peer.say(&Message { message_type, timestamp: 0, stream_id: 2, payload }).unwrap();
    assert_eq!(peer.event(), None);
    peer.call(&Command::new("FCUnpublish", 7.0, vec!["other?token=x".into()]));
    peer.call_in(2, &Command::new("closeStream", 0.0, Vec::new()));
    peer.call(&Command::new("deleteStream", 0.0, vec![2.0.into()]));
    peer.media(8, 0, AAC_FRAME);
    assert_eq!(peer.tags().len(), 1);
    peer.call(&Command::new("FCUnpublish", 8.0, vec!["cam?token=x".into()]));
    assert_eq!(peer.event(), Some(Event::Unpublish));
}

#[test]
fn a_flood_of_wishes_is_counted_and_costs_no_more_than_a_few_answers() {
    let mut peer = Peer::publishing();
    let mut answers = 0;
    for _ in 0..1000 {
        answers += peer.call_in(2, &Command::new("publish", 6.0, vec!["other".into()])).len();
        answers += peer.call(&connect("rtmp://h/live", "live")).len();
    }
    assert_eq!(peer.session.counters().ignored, 2000);
    assert!(answers <= 32, "{answers} answers");
    assert_eq!(std::iter::from_fn(|| peer.event()).count(), 16);
}

#[test]
fn a_connection_may_make_message_streams_for_as_long_as_it_lives() {
    let mut peer = Peer::publishing();
    for _ in 0..5000 {
        assert_eq!(peer.call(&Command::new("createStream", 4.0, Vec::new())).len(), 1);
    }
    peer.media(8, 0, AAC_FRAME);
    assert_eq!(peer.tags().len(), 1);
}

#[test]
fn commands_and_data_that_make_no_sense_are_counted_and_the_publication_goes_on() {
    let long = Command::new("x", 1.0, vec!["y".repeat(70_000).as_str().into()]).to_message(0).payload;
    let deep = (0..40).fold(Value::Null, |value, _| Value::StrictArray(vec![value]));
    let deep = Command::new("x", 1.0, vec![deep]).to_message(0).payload;
    let amf3 = [&Command::new("x", 1.0, Vec::new()).to_message(0).payload[..], &[0x11, 9, 1]].concat().into();
    let half = Command::new("half", 1.0, vec!["argument".into()]).to_message(0).payload.slice(..20);
    let nameless = Bytes::from_static(b"\x05\x00");
    let bodies = [long, deep, amf3, half, nameless, Bytes::new(), Bytes::from_static(b"\xff\xff")];
    for type_id in [17, 20] {
        let mut peer = Peer::publishing();
        for (body, count) in bodies.iter().zip(1..) {
            peer.media(type_id, 0, body);
            assert_eq!(peer.session.counters().ignored, count, "{type_id}: {body:?}");
        }
        peer.media(8, 0, AAC_FRAME);
        assert_eq!(peer.tags().len(), 1);
    }
    for type_id in [15, 18] {
        let mut peer = Peer::publishing();
        for (body, count) in bodies.iter().zip(1..) {
            peer.media(type_id, 0, body);
            assert_eq!(peer.session.counters().skipped, count, "{type_id}: {body:?}");
        }
        peer.media(8, 0, AAC_FRAME);
        assert_eq!(peer.tags().len(), 1);
    }
}

#[test]
fn a_connect_that_is_no_amf_is_a_clear_error() {
    let mut peer = Peer::new(config());
    let deep = (0..40).fold(Value::Null, |value, _| Value::StrictArray(vec![value]));
    let error = peer.say(&Command { object: deep, ..Command::new("connect", 1.0, Vec::new()) }.to_message(0));
    assert_eq!(error.unwrap_err().to_string(), "command: AMF0 nesting: at most 32 allowed, got 33");
}

#[test]
fn what_is_refused_is_named_without_its_secrets() {
    let mut peer = Peer::new(Config::default());
    peer.call(&connect("rtmp://h/live?secret=1", "live?secret=2"));
    peer.call_in(
        1,
        &Command::new("publish", 5.0, vec![format!("{}?secret=3", "x".repeat(500)).as_str().into()]),
    );
    let Some(Event::Refused(refused)) = peer.event() else { panic!("it is refused") };
    assert_eq!((refused.call, refused.app.as_str()), (Call::Publish, "live"));
    assert_eq!(refused.stream, "x".repeat(128));
    assert!(!format!("{refused:?}").contains("secret"));
}
