use std::sync::Arc;

use bytes::Bytes;
use flvgate_media::flv::TagType;

use super::*;
use crate::config::{Config, Vhost};
use crate::rtmp::command::{information, properties};
use crate::rtmp::session::{Event, PlayRefusal, Session};

const FRAME: &[u8] = &[0x17, 1, 0, 0, 0, 9];

fn client(url: &str) -> PlaySession {
    PlaySession::new(url.parse().unwrap(), Route::parse("a,b"), 5)
}

fn server() -> Session {
    Session::new(Arc::new(Config { vhosts: vec![Arc::new(Vhost::default())], ..Config::default() }), 6)
}

/// Carries bytes to and fro, in slices of `step`, until both are silent; `answer` is asked about a wish to play.
fn converse(
    client: &mut PlaySession,
    server: &mut Session,
    step: usize,
    answer: impl Fn(&mut Session, &str),
) -> Result<(), ClientError> {
    loop {
        let to_server = client.take_output();
        to_server.chunks(step).for_each(|slice| server.handle_input(slice).unwrap());
        while let Some(event) = server.next_event() {
            if let Event::Play(request) = event {
                assert_eq!(request.asked_by, Route::parse("a,b"));
                answer(server, &request.address.query);
            }
        }
        let to_client = server.take_output();
        if to_client.is_empty() && to_server.is_empty() {
            return Ok(());
        }
        to_client.chunks(step).try_for_each(|slice| client.handle_input(slice))?;
    }
}

/// What comes of a status or error with these properties.
fn told(name: &str, information: Value) -> Result<(), ClientError> {
    let mut session = client("rtmp://h/live/cam?token=x");
    session.state = State::Asking { stream_id: 1 };
    session.handle_command(&Command::new(name, 0.0, vec![information]))
}

#[test]
fn tags_come_whole_in_any_slicing_with_the_route_of_the_stream() {
    for step in [1, 100, 100_000] {
        let (mut client, mut server) = (client("rtmp://h/live/cam?token=x"), server());
        let agree = |server: &mut Session, query: &str| {
            assert_eq!(query, "token=x");
            server.accept_play_of_edge(&Route::parse("c,d"));
        };
        converse(&mut client, &mut server, step, agree).unwrap();
        assert!(client.is_playing());
        assert_eq!(client.route(), &Route::parse("c,d"));
        assert_eq!(client.next_tag(), None, "what is only for Flash is no metadata");

        let long = Bytes::from([FRAME, &[7; 200_000]].concat());
        server.send_tag(TagType::Video, u32::MAX, long.clone());
        server.send_tag(TagType::Audio, 5, Bytes::from_static(&[0xaf, 1, 9]));
        converse(&mut client, &mut server, step, agree).unwrap();
        let tags: Vec<_> = std::iter::from_fn(|| client.next_tag()).collect();
        let times: Vec<_> = tags.iter().map(|tag| (tag.tag_type(), tag.timestamp)).collect();
        assert_eq!(times, [(TagType::Video, u64::from(u32::MAX)), (TagType::Audio, 5)]);
        assert_eq!(tags[0].payload, long);
    }
}

#[test]
fn a_refusal_is_told_with_its_code_and_description() {
    let refuse = |server: &mut Session, _: &str| server.refuse_play(PlayRefusal::StreamNotFound, "not here");
    let error = converse(&mut client("rtmp://h/live/cam"), &mut server(), 1000, refuse).unwrap_err();
    assert_eq!(error.to_string(), "the server refused: NetStream.Play.StreamNotFound: not here");
    let status = information("status", "NetStream.Play.StreamNotFound", "nowhere");
    assert!(matches!(told("onStatus", status), Err(ClientError::Refused { .. })), "whatever its level");
}

#[test]
fn the_end_of_the_stream_ends_the_session_behind_its_tags() {
    let (mut client, mut server) = (client("rtmp://h/live/cam"), server());
    let agree = |server: &mut Session, _: &str| server.accept_play();
    converse(&mut client, &mut server, 1000, agree).unwrap();
    server.send_tag(TagType::Video, 0, Bytes::from_static(FRAME));
    server.end_play("over");
    let error = client.handle_input(&server.take_output()).unwrap_err();
    assert_eq!(error, ClientError::Ended("NetStream.Play.UnpublishNotify".into()));
    assert_eq!(client.next_tag().unwrap().payload, FRAME);
}

#[test]
fn a_server_may_send_us_to_another_one() {
    let redirect = |name, target: &str| {
        let ex = Value::Object(properties([(name, target.into())]));
        let Value::Object(mut status) = information("error", "NetConnection.Connect.Rejected", "elsewhere")
        else {
            unreachable!("it is an object")
        };
        status.extend(properties([("ex", ex)]));
        Value::Object(status)
    };
    for (name, target, stream) in [
        ("redirect", "rtmp://o:1/app", "cam?token=x"),
        ("redirect", "rtmp://o:1/app?vhost=v", "cam?token=x&vhost=v"),
        ("redirect2", "rtmp://o:1/app/cam?token=x", "cam?token=x"),
    ] {
        for command in ["onStatus", "_error"] {
            let Err(ClientError::Redirected(url)) = told(command, redirect(name, target)) else {
                panic!("{command} with {name} is a redirect");
            };
            assert_eq!(*url, format!("rtmp://o:1/app/{stream}").parse().unwrap());
        }
    }
    assert!(matches!(told("onStatus", redirect("redirect", "x")), Err(ClientError::Refused { .. })));
}

#[test]
fn a_goodbye_stops_the_play() {
    let (mut client, mut server) = (client("rtmp://h/live/cam"), server());
    converse(&mut client, &mut server, 1000, |server, _| server.accept_play()).unwrap();
    client.finish();
    server.handle_input(&client.take_output()).unwrap();
    assert_eq!(server.next_event(), Some(Event::StopPlay));
}
