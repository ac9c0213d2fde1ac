//! What a publisher tells of itself.

use super::*;
use crate::hub::clients::Encoder;

fn request_after(commands: &[&str]) -> PublishRequest {
    let mut peer = Peer::new(config());
    let mut connect = connect("rtmp://h/live", "live");
    let Value::Object(properties) = &mut connect.object else { panic!("an object") };
    properties.push(("pageUrl".to_owned(), "http://page.example/".into()));
    properties.push(("swfUrl".to_owned(), "http://page.example/a.swf".into()));
    peer.call(&connect);
    for name in commands {
        peer.call(&Command::new(name, 2.0, vec![Value::Null, "cam".into()]));
    }
    peer.call_in(1, &Command::new("publish", 5.0, vec!["cam".into(), "live".into()]));
    let Some(Event::Publish(request)) = peer.event() else { panic!("a publish request is expected") };
    request
}

#[test]
fn the_order_of_its_commands_tells_what_kind_of_publisher_it_is() {
    for (commands, encoder) in [
        (&["releaseStream", "FCPublish", "createStream"][..], Encoder::Fmle),
        (&["FCPublish", "createStream"], Encoder::Fmle),
        (&["releaseStream", "createStream", "FCPublish"], Encoder::Fmle),
        (&["createStream", "FCPublish"], Encoder::Haivision),
        (&["_checkbw", "createStream", "FCPublish"], Encoder::Haivision),
        (&["createStream"], Encoder::Flash),
        (&[], Encoder::Flash),
    ] {
        assert_eq!(request_after(commands).encoder, encoder, "{commands:?}");
    }
}

#[test]
fn the_page_and_the_program_are_those_of_connect() {
    let request = request_after(&["createStream"]);
    assert_eq!(request.page_url, "http://page.example/");
    assert_eq!(request.swf_url, "http://page.example/a.swf");
    let mut bare = Peer::connected();
    bare.call_in(1, &Command::new("publish", 5.0, vec!["cam".into()]));
    let Some(Event::Publish(request)) = bare.event() else { panic!("a publish request is expected") };
    assert_eq!((request.page_url.as_str(), request.swf_url.as_str()), ("", ""));
}
