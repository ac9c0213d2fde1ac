use super::*;
use crate::config::{ClusterMode, DEFAULT_VHOST};
use crate::rtmp::client::ClientError;

fn url(origin: &str, vhost: &str, own: &str, query: &str) -> String {
    let cluster = Cluster {
        mode: ClusterMode::Remote,
        origins: vec![origin.to_owned()],
        vhost: vhost.to_owned(),
        ..Cluster::default()
    };
    let key = StreamKey { vhost: own.into(), app: "live".into(), stream: "cam".into() };
    let url = upstream_url(&cluster, origin, &key, query).unwrap();
    format!("{}/{}", url.tc_url(), url.stream)
}

#[test]
fn origins_are_asked_with_the_vhost_and_the_viewers_query() {
    let own = "[vhost]";
    for (origin, vhost, name, query, expected) in [
        ("10.0.0.1", own, DEFAULT_VHOST, "", "rtmp://10.0.0.1:1935/live/cam"),
        ("10.0.0.1:19350", own, "a.com", "", "rtmp://10.0.0.1:19350/live/cam?vhost=a.com"),
        ("o.com", own, "a.com", "token=x=,y", "rtmp://o.com:1935/live/cam?token=x=,y&vhost=a.com"),
        ("o.com", "same.com", "a.com", "", "rtmp://o.com:1935/live/cam?vhost=same.com"),
        ("o.com", "x.[vhost]", "a.com", "vhost=evil&domain=evil", "rtmp://o.com:1935/live/cam?vhost=x.a.com"),
        ("o.com", own, DEFAULT_VHOST, "vhost=evil&t=1", "rtmp://o.com:1935/live/cam?t=1"),
    ] {
        assert_eq!(url(origin, vhost, name, query), expected);
    }
}

#[test]
fn only_an_origin_that_cannot_be_relied_on_is_left_alone_by_other_streams() {
    let refused =
        || ClientError::Refused { code: "NetStream.Play.StreamNotFound".into(), description: String::new() };
    for (failure, is_of_origin, had_stream) in [
        (Failure::Connection(ConnectionError::Closed), true, false),
        (Failure::Connection(ConnectionError::TimedOut("to agree")), true, false),
        (Failure::Connection(refused().into()), false, false),
        (Failure::Silent, false, false),
        (Failure::Lost(ConnectionError::Closed), true, true),
        (Failure::Lost(ConnectionError::TimedOut("to send")), false, true),
        (Failure::Lost(ClientError::Ended(String::new()).into()), false, true),
        (Failure::Kicked, false, true),
    ] {
        assert_eq!((failure.is_of_origin(), failure.had_stream()), (is_of_origin, had_stream), "{failure:?}");
    }
}
