//! What an operator is told of a reload.

use crate::config::{Environment, Loaded, parse};

fn loaded(text: &str) -> Loaded {
    parse("test.conf", text.as_bytes(), &Environment::default(), &mut |name| panic!("includes {name}"))
        .unwrap()
}

fn changes(old: &str, new: &str) -> Vec<String> {
    loaded(new).changes_since(&loaded(old))
}

#[test]
fn keys_and_vhosts_that_differ_are_told() {
    let old = "listen 1935; max_connections 10; vhost a { play { queue_length 30; } } vhost b { }
        http_server { enabled on; listen 8080; }";
    let new = "listen 1935 1936; http_server { enabled on; listen 8080; dir ./x; }
        vhost a { play { queue_length 10; gop_cache off; } } vhost c { }";
    assert_eq!(
        changes(old, new),
        [
            "listen 1935 -> 1935 1936",
            "max_connections 10 -> 1000",
            "http_server.dir ./objs/nginx/html -> ./x",
            "vhost a: play.gop_cache on -> off",
            "vhost a: play.queue_length 30 -> 10",
            "- vhost b",
            "+ vhost c",
        ]
    );
}

#[test]
fn what_means_the_same_is_no_change() {
    let text = "listen 1935; vhost a { play { queue_length 30; } security { deny play all; } }";
    assert_eq!(changes(text, text), [""; 0]);
    assert_eq!(changes("listen 1; vhost a { }", "vhost a { play { queue_length 30; } } listen 1;"), [""; 0]);
}

#[test]
fn rules_and_keys_without_a_default_are_told_whole() {
    let old = "listen 1; vhost a { security { allow play all; deny play 1.2.3.4; } }";
    let new = "listen 1; pid ./x; vhost a { security { allow play all; allow publish 10.0.0.0/8; } }";
    assert_eq!(
        changes(old, new),
        [
            "pid (not set) -> ./x",
            "vhost a: security.allow play all -> play all, publish 10.0.0.0/8",
            "vhost a: security.deny play 1.2.3.4 -> (not set)",
        ]
    );
}

#[test]
fn secrets_are_told_to_differ_and_nothing_more() {
    let text = |password: &str, token: &str| {
        format!(
            "listen 1; http_api {{ auth {{ enabled on; username a; password {password}; }} }}
             vhost a {{ forward {{ enabled on; destination rtmp://h/[app]?token={token}; }} }}"
        )
    };
    let lines = changes(&text("first", "t1"), &text("second", "t2"));
    assert_eq!(
        lines,
        [
            "http_api.auth.password (secret) -> (secret)",
            "vhost a: forward.destination rtmp://h/[app]?... -> rtmp://h/[app]?...",
        ]
    );
    assert!(!format!("{:?}", loaded(&text("first", "t1")).written).contains("first"));
}
