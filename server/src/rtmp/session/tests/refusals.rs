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
    assert_eq!(peer.event(), Some(Event::Refused(description.into())));
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
        assert_eq!(peer.event(), Some(Event::Refused(description.into())));
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
    assert_eq!(peer.event(), Some(Event::Refused("taken".into())));
    peer.media(8, 0, AAC_FRAME);
    assert_eq!(peer.call(&Command::new("createStream", 6.0, Vec::new())), []);
    assert_eq!(peer.event(), None);
}

#[test]
fn a_second_publish_in_one_connection_is_refused() {
    let mut peer = Peer::publishing();
    let replies = peer.call_in(2, &Command::new("publish", 6.0, vec!["other".into()]));
    assert_eq!(
        summary(&replies),
        ["onStatus | error | NetStream.Publish.BadName | this connection publishes \"cam\" already"]
    );
    assert!(matches!(peer.event(), Some(Event::Refused(_))));
}

#[test]
fn a_command_over_the_amf_limits_ends_the_session() {
    let mut peer = Peer::connected();
    let long = Command::new("x", 1.0, vec!["y".repeat(70_000).as_str().into()]);
    let error = peer.say(&long.to_message(0)).unwrap_err().to_string();
    assert!(error.starts_with("command: AMF0 message in bytes: at most 65536 allowed, got 70"));
    let deep = (0..40).fold(Value::Null, |value, _| Value::StrictArray(vec![value]));
    let error = Peer::connected().say(&Command::new("x", 1.0, vec![deep]).to_message(0)).unwrap_err();
    assert_eq!(error.to_string(), "command: AMF0 nesting: at most 32 allowed, got 33");
}
