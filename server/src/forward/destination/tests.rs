use super::*;

fn key(vhost: &str, app: &str, stream: &str) -> StreamKey {
    StreamKey { vhost: vhost.into(), app: app.into(), stream: stream.into() }
}

/// Host, port, app and stream of the URL.
fn url(destination: &str, key: &StreamKey, asked_vhost: &str, query: &str) -> (String, u16, String, String) {
    let publisher =
        PublisherInfo { asked_vhost: asked_vhost.into(), query: query.into(), ..PublisherInfo::default() };
    let PublishUrl { host, port, app, stream } =
        destination.parse::<Destination>().unwrap().url_for(key, &publisher);
    (host, port, app, stream)
}

fn expected(host: &str, port: u16, app: &str, stream: &str) -> (String, u16, String, String) {
    (host.into(), port, app.into(), stream.into())
}

#[test]
fn a_host_gets_the_same_app_and_stream() {
    let key = key(DEFAULT_VHOST, "live/room", "cam.1");
    for (text, host, port) in [
        ("10.0.0.1", "10.0.0.1", 1935),
        ("10.0.0.1:19350", "10.0.0.1", 19350),
        ("backup.example.com:1936", "backup.example.com", 1936),
        ("[::1]:1936", "::1", 1936),
        ("[::1]", "::1", 1935),
        ("2001:db8::1", "2001:db8::1", 1935),
    ] {
        assert_eq!(url(text, &key, "10.0.0.9", ""), expected(host, port, "live/room", "cam.1"));
    }
}

#[test]
fn a_host_is_told_the_vhost_and_the_publishers_query() {
    let named = key("a.com", "live", "cam");
    assert_eq!(url("10.0.0.1", &named, "a.com", "").3, "cam?vhost=a.com");
    assert_eq!(
        url("b.com", &named, "a.com", "token=x=y,z&vhost=old&domain=d").3,
        "cam?token=x=y,z&vhost=a.com"
    );
    let default = key(DEFAULT_VHOST, "live", "cam");
    assert_eq!(url("10.0.0.1", &default, "10.0.0.2", "token=x").3, "cam?token=x");
    assert_eq!(url("10.0.0.1", &default, "a.com", "").3, "cam?vhost=a.com");
    assert_eq!(url("b.com", &default, "a.com", "vhost=a.com").3, "cam", "the name is the vhost");
}

#[test]
fn a_url_says_what_it_says() {
    let key = key("a.com", "live", "cam");
    let default = |text| url(text, &key, "a.com", "token=x");
    assert_eq!(default("rtmp://h"), expected("h", 1935, "live", "cam"));
    assert_eq!(default("rtmp://h:1936/"), expected("h", 1936, "live", "cam"));
    assert_eq!(default("rtmp://h/copy"), expected("h", 1935, "copy", "cam"));
    assert_eq!(default("rtmp://h/a/b/c"), expected("h", 1935, "a/b", "c"));
    assert_eq!(
        default("rtmp://[::1]:1936/[vhost]/[app]-[stream]"),
        expected("::1", 1936, "a.com", "live-cam")
    );
    assert_eq!(
        default("rtmp://h/[app]/[stream]?vhost=ts&k=[app]"),
        expected("h", 1935, "live", "cam?vhost=ts&k=live")
    );
    assert_eq!(default("rtmp://h?vhost=ts"), expected("h", 1935, "live", "cam?vhost=ts"));
}

#[test]
fn names_that_look_like_variables_are_not_filled_again() {
    let tricky = key("v", "[stream]", "[vhost]");
    assert_eq!(url("rtmp://h/[app]/[stream]", &tricky, "", ""), expected("h", 1935, "[stream]", "[vhost]"));
}

#[test]
fn what_is_no_destination_is_told_why() {
    for (text, why) in [
        ("", "there is no host"),
        (":1935", "there is no host"),
        ("rtmp:///live/cam", "there is no host"),
        ("http://h/live", "it does not start with rtmp://"),
        ("h/live", "a path needs rtmp:// before the host"),
        ("h:port", "the port is not a number from 1 to 65535"),
        ("h:0", "the port is not a number from 1 to 65535"),
        ("h:70000", "the port is not a number from 1 to 65535"),
        ("[::1", "the bracket is not closed"),
        ("[::x]:1935", "what is in brackets is no IPv6 address"),
        ("[::1]1935", "expected a colon"),
        ("[vhost]:1935", "what is in brackets is no IPv6 address"),
        ("user@h", "that is no name of a host"),
        ("rtmp://h/[name]/[stream]", "the variables are [vhost], [app] and [stream]"),
        ("rtmp://h/live/x?y=[z]", "the variables are [vhost], [app] and [stream]"),
        ("rtmp://h/live//x", "a part of the path is empty"),
    ] {
        assert_eq!(text.parse::<Destination>().unwrap_err().why, why, "{text}");
    }
}

#[test]
fn names_bring_no_query_of_their_own() {
    let odd = key(DEFAULT_VHOST, "live/a?b", "cam?x&vhost=evil");
    assert_eq!(url("10.0.0.1", &odd, "", ""), expected("10.0.0.1", 1935, "live/a%3Fb", "cam%3Fx&vhost=evil"));
    assert_eq!(
        url("rtmp://h/to/[app]/[stream]?of=[app]/[stream]", &odd, "", ""),
        expected("h", 1935, "to/live/a%3Fb", "cam%3Fx&vhost=evil?of=live/a%3Fb/cam%3Fx%26vhost%3Devil")
    );
}
