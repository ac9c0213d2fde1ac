//! Whose word is believed, and how far.

use super::*;
use http::HeaderValue;

const PROXY: &str = "10.0.0.1";

/// The client of a request from `peer`, whose header lines are `headers`, where `10.0.0.0/8`, `127.0.0.1` and
/// `2001:db8:f::/48` are trusted.
fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
    let mut config = Config::default();
    config.http_server.trusted_proxies =
        ["10.0.0.0/8", "127.0.0.1/32", "2001:db8:f::/48"].map(|network| network.parse().unwrap()).into();
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let peer = SocketAddr::new(peer.parse().unwrap(), 50_000);
    client_ip(&Connection::unconnected(peer), &map, &config).to_string()
}

fn forwarded_for(value: &str) -> String {
    client(PROXY, &[("x-forwarded-for", value)])
}

fn forwarded(value: &str) -> String {
    client(PROXY, &[("forwarded", value)])
}

#[test]
fn a_peer_that_is_not_trusted_is_not_believed() {
    for peer in ["203.0.113.9", "127.0.0.2", "2001:db8::9"] {
        for header in ["x-forwarded-for", "x-real-ip"] {
            assert_eq!(client(peer, &[(header, "192.0.2.1")]), peer, "{header}");
        }
        assert_eq!(client(peer, &[("forwarded", "for=192.0.2.1")]), peer);
    }
}

#[test]
fn nobody_is_trusted_by_default() {
    assert!(!is_trusted(IpAddr::from([127, 0, 0, 1]), &Config::default().http_server.trusted_proxies));
}

#[test]
fn a_trusted_peer_without_headers_is_the_client() {
    assert_eq!(client(PROXY, &[]), PROXY);
    assert_eq!(client(PROXY, &[("x-forwarded-for", " , ")]), PROXY);
}

#[test]
fn each_header_of_a_trusted_peer_is_believed() {
    assert_eq!(forwarded_for("192.0.2.1"), "192.0.2.1");
    assert_eq!(forwarded("for=192.0.2.1;proto=https;by=10.0.0.1"), "192.0.2.1");
    assert_eq!(client(PROXY, &[("x-real-ip", "192.0.2.1")]), "192.0.2.1");
}

#[test]
fn a_trusted_peer_is_known_in_its_ipv6_form_too() {
    assert_eq!(client("::ffff:10.0.0.1", &[("x-forwarded-for", "::ffff:192.0.2.1")]), "192.0.2.1");
    assert_eq!(client("::ffff:192.0.2.7", &[("x-forwarded-for", "192.0.2.1")]), "192.0.2.7");
    assert_eq!(client("2001:db8:f::1", &[("x-forwarded-for", "192.0.2.1")]), "192.0.2.1");
}

#[test]
fn what_the_client_itself_wrote_is_left_of_its_address_and_not_believed() {
    assert_eq!(forwarded_for("127.0.0.1, 192.0.2.1"), "192.0.2.1");
    assert_eq!(forwarded_for("1.1.1.1, 192.0.2.1, 10.9.9.9, 127.0.0.1"), "192.0.2.1");
    assert_eq!(forwarded("for=127.0.0.1, for=192.0.2.1"), "192.0.2.1");
    let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "192.0.2.1, 10.0.0.9")];
    assert_eq!(client(PROXY, &lines), "192.0.2.1");
}

#[test]
fn when_all_are_trusted_it_is_the_first() {
    assert_eq!(forwarded_for("10.1.1.1,10.2.2.2"), "10.1.1.1");
}

#[test]
fn an_unreadable_address_leaves_it_at_who_wrote_it() {
    for garbage in
        ["unknown", "_hidden", "1.2.3", "1.2.3.4.5", "example.com", "\u{fffd}", "[::1", "::1]", "[]", ":80"]
    {
        assert_eq!(forwarded_for(garbage), PROXY, "{garbage}");
        assert_eq!(forwarded_for(&format!("192.0.2.1, {garbage}")), PROXY, "{garbage}");
        assert_eq!(forwarded_for(&format!("{garbage}, 192.0.2.1")), "192.0.2.1", "{garbage}");
        assert_eq!(forwarded_for(&format!("{garbage}, 10.3.3.3")), "10.3.3.3", "{garbage}");
    }
    for garbage in
        ["for=unknown", "for=_secret", "for=", "proto=https", "for", "=", ";", "for=\"", "192.0.2.1"]
    {
        assert_eq!(forwarded(garbage), PROXY, "{garbage}");
        assert_eq!(forwarded(&format!("{garbage}, for=192.0.2.1")), "192.0.2.1", "{garbage}");
    }
}

#[test]
fn addresses_come_with_ports_quotes_and_brackets() {
    for text in
        ["192.0.2.1:4711", "\"192.0.2.1\"", "\"192.0.2.1:4711\"", "\"192.0.2.1:_obf\"", " 192.0.2.1\t"]
    {
        assert_eq!(forwarded_for(text), "192.0.2.1", "{text}");
        assert_eq!(forwarded(&format!("For={text}")), "192.0.2.1", "{text}");
    }
    for text in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711", "\"[2001:db8:0::1]:_x\""] {
        assert_eq!(forwarded_for(text), "2001:db8::1", "{text}");
        assert_eq!(forwarded(&format!("proto=http; FOR={text} ;by=_a")), "2001:db8::1", "{text}");
    }
}

#[test]
fn separators_in_quotes_separate_nothing() {
    assert_eq!(forwarded("for=192.0.2.1;host=\"a,for=1.1.1.1;b\""), "192.0.2.1");
    assert_eq!(forwarded("for=1.1.1.1, by=\"x;y, z\";for=192.0.2.1"), "192.0.2.1");
}

#[test]
fn a_quote_left_open_does_not_hide_what_a_proxy_appended() {
    assert_eq!(forwarded("for=\"1.1.1.1, for=192.0.2.1"), "192.0.2.1");
    assert_eq!(forwarded_for("\", 192.0.2.1"), "192.0.2.1");
}

#[test]
fn a_header_that_proxies_write_unasked_goes_before_one_that_a_client_may_have_made_up() {
    let headers = [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "192.0.2.1"), ("x-real-ip", "2.2.2.2")];
    assert_eq!(client(PROXY, &headers), "192.0.2.1");
    assert_eq!(client(PROXY, &[headers[0], headers[2]]), "1.1.1.1");
    // One that says nothing is not there.
    assert_eq!(client(PROXY, &[("x-forwarded-for", ""), headers[0]]), "1.1.1.1");
}
