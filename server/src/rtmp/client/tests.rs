use std::sync::Arc;

use super::*;
use crate::config::{Config, Vhost};
use crate::rtmp::session::{Event, Refusal, Session};
use flvgate_media::flv::Tag;

fn client() -> PublishSession {
    PublishSession::new("rtmp://h/live/demo?token=x".parse().unwrap(), 5)
}

fn server(config: Config) -> Session {
    Session::new(Arc::new(config), 6)
}

fn config() -> Config {
    Config { vhosts: vec![Arc::new(Vhost::default())], ..Config::default() }
}

/// Carries bytes to and fro, in slices of `step`, until both are silent; the server agrees to everything.
fn converse(client: &mut PublishSession, server: &mut Session, step: usize) -> Result<Vec<Tag>, ClientError> {
    let mut tags = Vec::new();
    loop {
        let to_server = client.take_output();
        to_server.chunks(step).for_each(|slice| server.handle_input(slice).unwrap());
        while let Some(event) = server.next_event() {
            match event {
                Event::Publish(request) if request.address.stream == "taken" => {
                    server.refuse_publish(Refusal::BadName, "taken already");
                }
                Event::Publish(_) => server.accept_publish(),
                Event::Tag(tag) => tags.push(tag),
                Event::Play(_)
                | Event::StopPlay
                | Event::Unpublish
                | Event::Refused(_)
                | Event::Declined(_) => {}
            }
        }
        let to_client = server.take_output();
        if to_client.is_empty() && to_server.is_empty() {
            return Ok(tags);
        }
        to_client.chunks(step).try_for_each(|slice| client.handle_input(slice))?;
    }
}

#[test]
fn tags_reach_the_server_whole_in_any_slicing() {
    for step in [1, 100, 100_000] {
        let (mut client, mut server) = (client(), server(config()));
        converse(&mut client, &mut server, step).unwrap();
        assert!(client.is_publishing());

        let frame = Bytes::from([vec![0x17, 1, 0, 0, 0], vec![7; 200_000]].concat());
        client.send_tag(TagType::Video, u32::MAX, &frame);
        client.send_tag(TagType::Audio, 0, &Bytes::from_static(&[0xaf, 1, 9]));
        let metadata = amf0::encode_all(&["onMetaData".into(), Value::EcmaArray(Vec::new())]);
        client.send_tag(TagType::Script, 1, &metadata.into());
        let tags = converse(&mut client, &mut server, step).unwrap();
        let times: Vec<_> = tags.iter().map(|tag| (tag.tag_type(), tag.timestamp)).collect();
        let expected = [(TagType::Video, u64::from(u32::MAX)), (TagType::Audio, 0), (TagType::Script, 1)];
        assert_eq!(times, expected);
        assert_eq!(tags[0].payload, frame);
    }
}

#[test]
fn script_data_gets_set_data_frame_once() {
    let metadata = Bytes::from(amf0::encode_all(&["onMetaData".into()]));
    let sent = data_frame(&metadata);
    assert_eq!(amf0::decode_all(&sent, AMF_LIMITS).unwrap(), ["@setDataFrame".into(), "onMetaData".into()]);
    assert_eq!(data_frame(&sent), sent);
}

#[test]
fn a_refusal_is_told_with_its_code_and_description() {
    let mut taken = PublishSession::new("rtmp://h/live/taken".parse().unwrap(), 5);
    let error = converse(&mut taken, &mut server(config()), 1000).unwrap_err();
    assert_eq!(error.to_string(), "the server refused: NetStream.Publish.BadName: taken already");

    let error = converse(&mut client(), &mut server(Config::default()), 1000).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server refused: NetStream.Publish.Rejected: there is no vhost \"h\" here"
    );
}

#[test]
fn the_end_of_the_stream_is_told() {
    let (mut client, mut server) = (client(), server(config()));
    converse(&mut client, &mut server, 1000).unwrap();
    client.finish();
    server.handle_input(&client.take_output()).unwrap();
    assert_eq!(server.next_event(), Some(Event::Unpublish));
    client.handle_input(&server.take_output()).unwrap();
    assert!(!client.is_publishing());
}

#[test]
fn a_server_that_speaks_http_is_a_clear_error() {
    let error = client().handle_input(b"HTTP/1.1 400 Bad Request\r\n").unwrap_err();
    assert_eq!(error.to_string(), "expected RTMP, got what looks like HTTP");
}
