//! From text to `Config`, and from mistakes to messages.

mod blocks;
mod every_key;
mod mistakes;
mod srs_files;
mod srs_keys;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::*;

/// A configuration that starts, and its findings.
#[track_caller]
fn loaded(text: &str, variables: &[(&str, &str)]) -> Loaded {
    match try_load(text, variables) {
        Ok(loaded) => loaded,
        Err(report) => panic!("{}", report.render(false)),
    }
}

fn try_load(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, Report> {
    parse("test.conf", text.as_bytes(), &environment(variables), &mut |name| panic!("includes {name}"))
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn errors(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    try_load(text, variables).map_or_else(|report| report.lines(Severity::Error).collect(), |_| Vec::new())
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn values_reach_their_fields_from_every_block() {
    let text = "
        listen 1935 127.0.0.1:1936 [::]:1937; pid ./x.pid; srs_log_tank file; srs_log_level warn;
        rtmp { chunk_size 4096; max_amf_depth 8; handshake_timeout 1500; }
        http_server { enabled on; dir './a b'; crossdomain off; ws_ping_interval 500; }
        vhost a.com {
            chunk_size 128; tcp_nodelay off; min_latency on;
            http_remux { enabled on; mount /[app]/[stream].flv; stream_wait 0.5; guess_has_av off; }
            play { queue_length 5; mw_latency 350; time_jitter zero; queue_max_skips 0; }
            publish { second_publisher replace; normal_timeout 7000; }
        }
        vhost b.com { enabled off; }";
    let config = loaded(text, &[]).config;
    assert_eq!(config.rtmp.listen, ["0.0.0.0:1935", "127.0.0.1:1936", "[::]:1937"].map(address));
    assert_eq!((config.rtmp.chunk_size, config.rtmp.limits.amf_depth), (4096, 8));
    assert_eq!(config.rtmp.limits.handshake_timeout, Duration::from_millis(1500));
    assert_eq!(config.pid, Some(PathBuf::from("./x.pid")));
    assert_eq!((config.log.tank, config.log.level), (LogTank::File, LogLevel::Warn));
    assert_eq!(config.http_server.dir, PathBuf::from("./a b"));
    assert!(config.http_server.enabled && !config.http_server.crossdomain);
    assert_eq!(config.http_server.listen, [address("0.0.0.0:8080")]);
    assert_eq!(config.http_server.http.ws_ping_interval, Duration::from_millis(500));
    let vhost = &config.vhosts[0];
    assert_eq!((vhost.name.as_str(), vhost.chunk_size), ("a.com", Some(128)));
    assert!(!vhost.tcp_nodelay && vhost.min_latency && !vhost.http_remux.guess_has_av);
    assert_eq!(vhost.http_remux.mounts[0].0, "/[app]/[stream].flv");
    assert_eq!(vhost.http_remux.stream_wait, Duration::from_millis(500));
    assert_eq!(vhost.play.queue_length, Duration::from_secs(5));
    assert_eq!(vhost.play.mw_latency, Duration::from_millis(350));
    assert_eq!((vhost.play.time_jitter, vhost.play.queue_max_skips), (TimeJitter::Zero, 0));
    assert_eq!(vhost.publish.second_publisher, SecondPublisher::Replace);
    assert_eq!(vhost.publish.normal_timeout, Duration::from_secs(7));
    assert!(!config.vhosts[1].enabled);
}

#[test]
fn srs_7_has_listen_and_chunk_size_in_rtmp() {
    let config = loaded("rtmp { listen 1935; chunk_size 5000; } vhost v { }", &[]).config;
    assert_eq!(
        (config.rtmp.listen.as_slice(), config.rtmp.chunk_size),
        (&[address("0.0.0.0:1935")][..], 5000)
    );
}

#[test]
fn old_places_are_read_and_the_new_place_wins() {
    let text =
        "listen 1; vhost v { gop_cache off; queue_length 10; publish_1stpkt_timeout 9000; mw_latency 100;
        play { mw_latency 200; } publish { } }
        http_stream { enabled on; listen 80; }";
    let loaded = loaded(text, &[]);
    let vhost = &loaded.config.vhosts[0];
    assert!(!vhost.play.gop_cache);
    assert_eq!(vhost.play.queue_length, Duration::from_secs(10));
    assert_eq!(vhost.publish.firstpkt_timeout, Duration::from_secs(9));
    assert_eq!(vhost.play.mw_latency, Duration::from_millis(200));
    assert_eq!(loaded.config.http_server.listen, [address("0.0.0.0:80")]);
    let warnings: Vec<_> = loaded.report.lines(Severity::Warning).collect();
    assert_eq!(warnings, ["'mw_latency' is set twice; this one is ignored (test.conf:1)"]);
    assert_eq!(loaded.report.count(Severity::Note), 4);
}

#[test]
fn the_first_of_two_counts_and_the_second_gets_a_warning() {
    let text = "listen 1;\nlisten 2;\nhttp_server { listen 80; }\nhttp_server { listen 81; }\nvhost v { play { } play { } }";
    let loaded = loaded(text, &[]);
    assert_eq!(loaded.config.rtmp.listen, [address("0.0.0.0:1")]);
    assert_eq!(loaded.config.http_server.listen, [address("0.0.0.0:80")]);
    let warnings: Vec<_> = loaded.report.lines(Severity::Warning).collect();
    assert_eq!(
        warnings,
        [
            "'listen' is set twice; this one is ignored (test.conf:2)",
            "there are two blocks 'http_server'; this one is ignored (test.conf:4)",
            "there are two blocks 'play'; this one is ignored (test.conf:5)",
        ]
    );
}

#[test]
fn a_keys_own_name_in_the_log_level_v2_wins() {
    for (text, level) in [
        ("srs_log_level error;", LogLevel::Error),
        ("srs_log_level error; srs_log_level_v2 debug;", LogLevel::Info),
        ("srs_log_level_v2 trace; srs_log_level error;", LogLevel::Verbose),
        ("srs_log_level trace;", LogLevel::Trace),
    ] {
        assert_eq!(loaded(&format!("listen 1; vhost v {{ }} {text}"), &[]).config.log.level, level, "{text}");
    }
}

#[test]
fn variables_win_over_the_file_and_reach_every_vhost() {
    let text = "listen 1; http_server { enabled on; } vhost a { http_remux { enabled off; } } vhost b { }";
    let variables = [
        ("SRS_LISTEN", "1935  [::]:1936"),
        ("SRS_HTTP_SERVER_DIR", "/a b"),
        ("SRS_VHOST_HTTP_REMUX_ENABLED", "on"),
        ("SRS_VHOST_PLAY_MW_LATENCY", "100"),
        ("SRS_LOG_LEVEL", "warn"),
        ("SRS_MAX_CONNECTIONS", ""),
    ];
    let loaded = loaded(text, &variables);
    let config = &loaded.config;
    assert_eq!(config.rtmp.listen, [address("0.0.0.0:1935"), address("[::]:1936")]);
    assert_eq!((config.http_server.dir.clone(), config.log.level), (PathBuf::from("/a b"), LogLevel::Warn));
    assert!(config.vhosts.iter().all(|vhost| vhost.http_remux.enabled));
    assert!(config.vhosts.iter().all(|vhost| vhost.play.mw_latency == Duration::from_millis(100)));
    assert_eq!(config.max_connections, 1000);
    assert_eq!(loaded.listens.origin(Listen::Rtmp), "environment variable SRS_LISTEN");
    assert_eq!(loaded.report.render(false), "");
}

#[test]
fn a_wrong_variable_is_named_once() {
    let text = "listen 1; vhost a { } vhost b { }";
    let variables = [("SRS_VHOST_PLAY_GOP_CACHE", "yes"), ("SRS_LISTEN", "1935 x")];
    assert_eq!(
        errors(text, &variables),
        [
            "environment variable SRS_LISTEN: 'x' is not a port or an address with a port",
            "environment variable SRS_VHOST_PLAY_GOP_CACHE: 'yes' is neither 'on' nor 'off'",
        ]
    );
}

#[test]
fn variables_that_are_no_keys_get_a_warning() {
    let variables = [
        ("SRS_LITSEN", "1"),
        ("SRS_EXPORTER_ENABLED", "on"),
        ("SRS_VHOST_HLS_ENABLED", "on"),
        ("SRS_CONFIG_FILE", "x"),
        ("PATH", "x"),
    ];
    let loaded = loaded("listen 1; vhost v { }", &variables);
    let warnings: Vec<_> = loaded.report.lines(Severity::Warning).collect();
    assert_eq!(
        warnings,
        [
            "environment variable SRS_EXPORTER_ENABLED is ignored: flvgate has no metrics exporter",
            "environment variable SRS_LITSEN is ignored: no such key",
            "environment variable SRS_VHOST_HLS_ENABLED is ignored: flvgate does not write HLS",
        ]
    );
    assert!(loaded.report.render(false).contains("did you mean SRS_LISTEN?"));
}

#[test]
fn the_environment_alone_gives_one_default_vhost_on_the_console() {
    let variables =
        [("SRS_LISTEN", "1935"), ("SRS_VHOST_HTTP_REMUX_ENABLED", "on"), ("SRS_HTTP_SERVER_ENABLED", "on")];
    let config = load_environment(&environment(&variables)).unwrap().config;
    assert_eq!(config.vhosts.len(), 1);
    assert_eq!(config.vhosts[0].name, DEFAULT_VHOST);
    assert!(config.vhosts[0].http_remux.enabled && config.http_server.enabled);
    assert_eq!(config.log.tank, LogTank::Console);

    let report = load_environment(&Environment::default()).unwrap_err();
    assert_eq!(
        report.lines(Severity::Error).collect::<Vec<_>>(),
        ["there is no 'listen': nobody could publish"]
    );
}

#[test]
fn where_the_addresses_come_from_is_told() {
    let loaded = loaded("# one\nlisten 1;\nhttp_server {\n  listen 2;\n}\nvhost v { }", &[]);
    assert_eq!(loaded.listens.origin(Listen::Rtmp), "'listen' at test.conf:2");
    assert_eq!(loaded.listens.origin(Listen::Http), "'http_server { listen }' at test.conf:4");
    let loaded = self::loaded("rtmp { listen 1; } vhost v { }", &[]);
    assert_eq!(
        loaded.listens.origin(Listen::Http),
        "'http_server { listen }', which is not set; its default is 8080"
    );
}

#[test]
fn daemon_is_ignored_with_a_note_unless_it_is_off() {
    let notes = |text: &str| loaded(text, &[]).report.lines(Severity::Note).collect::<Vec<_>>();
    assert_eq!(notes("listen 1; daemon off; vhost v { }"), [""; 0]);
    assert!(
        notes("listen 1; daemon on; vhost v { }")[0].starts_with("'daemon' is ignored: flvgate always stays")
    );
}

#[test]
fn a_file_without_vhosts_starts_with_a_warning() {
    let warnings: Vec<_> = loaded("listen 1;", &[]).report.lines(Severity::Warning).collect();
    assert_eq!(warnings, ["no vhost is enabled: every publisher and viewer will be refused"]);
}

#[test]
fn mounts_for_every_host_may_not_collide() {
    let vhost =
        |name: &str, mount: &str| format!("vhost {name} {{ http_remux {{ enabled on; mount {mount}; }} }}");
    let text = |first: &str, second: &str| {
        format!("listen 1; http_server {{ enabled on; }} {} {}", vhost("a", first), vhost("b", second))
    };
    assert_eq!(errors(&text("[vhost]/[app]/[stream].flv", "[vhost]/[app]/[stream].flv"), &[]), [""; 0]);
    assert_eq!(errors(&text("/[app]/[stream].flv", "/b/[app]/[stream].flv"), &[]), [""; 0]);
    assert_eq!(
        errors(&text("/[app]/[stream].flv", "/[app]/[stream].flv"), &[]),
        ["vhosts 'a' and 'b' have one mount, '/[app]/[stream].flv' (test.conf:1)"]
    );
    assert_eq!(
        errors(&text("[vhost]/[app]/[stream].flv", "a/[app]/[stream].flv"), &[]),
        ["vhosts 'a' and 'b' have one mount, 'a/[app]/[stream].flv' (test.conf:1)"]
    );
    assert_eq!(
        errors(&text("[vhost]/[app]/[stream].flv [vhost]/[app]/[stream].flv", "/[app]/[stream].flv"), &[]),
        ["vhost 'a' has the mount '[vhost]/[app]/[stream].flv' twice (test.conf:1)"]
    );
}

#[test]
fn one_address_cannot_be_listened_on_twice() {
    let text = "listen 8080; http_server { enabled on; } vhost v { }";
    assert_eq!(errors(text, &[]), ["0.0.0.0:8080 is to be listened on twice"]);
    let server = "http_server { enabled on; listen 80; https { enabled on; listen 443; } }";
    for (api, expected) in [
        ("listen 80; https { enabled on; listen 443; }", None),
        ("listen 443;", Some("0.0.0.0:443 is to be listened on twice")),
        ("listen 1985; https { enabled on; listen 80; }", Some("0.0.0.0:80 is to be listened on twice")),
        ("listen 1;", Some("0.0.0.0:1 is to be listened on twice")),
    ] {
        let text = format!("listen 1; vhost v {{ }} {server} http_api {{ enabled on; {api} }}");
        assert_eq!(errors(&text, &[]), expected.as_slice(), "{api}");
    }
    assert_eq!(errors("listen 8080; vhost v { }", &[]), [""; 0]);
    assert_eq!(
        errors("listen 127.0.0.1:0; http_server { enabled on; listen 127.0.0.1:0; } vhost v { }", &[]),
        [""; 0]
    );
}

proptest::proptest! {
    #[test]
    fn no_text_of_known_words_panics(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "listen ", "vhost ", "http_server ", "http_remux ", "play ", "hls ", "mount ", "enabled ", "queue_length ",
            "[app]", "on ", "1 ", "65536 ", "x ", "{ ", "} ", "; ", "\n", "rtmp ", "publish ", "include ", "''",
        ]),
        0..40,
    )) {
        let text = words.concat();
        let result = parse("test.conf", text.as_bytes(), &Environment::default(), &mut |_| Ok(Vec::new()));
        match result {
            Ok(loaded) => loaded.report.render(true),
            Err(report) => report.render(false),
        };
    }
}
