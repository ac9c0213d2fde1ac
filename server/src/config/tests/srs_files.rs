//! What SRS's users have in their files starts here.

use super::*;

/// The configuration that the description of HTTP-FLV delivery opens with, plus the key it leaves out.
const DOCUMENT: &str = "
http_server {
    enabled         on;
    listen          8080;
}
vhost __defaultVhost__ {
    http_remux {
        enabled     on;
        mount       [vhost]/[app]/[stream].flv;
    }
}
listen 1935;
";

/// The directives of SRS's `http.flv.live.conf`.
const HTTP_FLV_LIVE: &str = "
# words about the file
# more words, with a URL: https://example.com/a;b{c}

listen              1935;
max_connections     1000;
daemon              off;
srs_log_tank        console;
http_server {
    enabled         on;
    listen          8080;
    dir             ./objs/nginx/html;
}
vhost __defaultVhost__ {
    http_remux {
        enabled     on;
        mount       [vhost]/[app]/[stream].flv;
    }
}
";

/// The directives of SRS's `realtime.flv.conf`.
const REALTIME: &str = "
listen 1935; max_connections 1000; daemon off; srs_log_tank console;
http_server { enabled on; listen 8080; dir ./objs/nginx/html; }
vhost __defaultVhost__ {
    http_remux { enabled on; mount [vhost]/[app]/[stream].flv; }
    tcp_nodelay on;
    min_latency on;
    play { gop_cache off; queue_length 10; mw_latency 100; }
    publish { mr off; }
}
";

#[test]
fn the_documents_flv_configuration_starts_without_a_word() {
    for text in [DOCUMENT, HTTP_FLV_LIVE] {
        let loaded = loaded(text, &[]);
        assert_eq!(loaded.report.render(false), "");
        let config = &loaded.config;
        assert_eq!(config.rtmp.listen, [address("0.0.0.0:1935")]);
        assert_eq!(
            (config.http_server.enabled, &*config.http_server.listen),
            (true, &[address("0.0.0.0:8080")][..])
        );
        let vhost = config.vhost("any.host.name").unwrap();
        assert!(vhost.http_remux.enabled);
        assert_eq!(vhost.http_remux.mounts, [MountTemplate::default()]);
    }
}

/// The configuration of the description's last chapter without its comments, for the extension of each format.
#[test]
fn the_documents_other_configurations_start_without_a_word() {
    for (extension, fast_cache) in [(".flv", 30), (".ts", 0), (".mp3", 30), (".aac", 30)] {
        let text = DOCUMENT
            .replace("mount       [vhost]/[app]/[stream].flv;", &format!("fast_cache {fast_cache}; mount [vhost]/[app]/[stream]{extension};"))
            .replace("listen          8080;", "listen 8080; https { enabled on; listen 8088; key ./conf/server.key; cert ./conf/server.crt; }");
        let loaded = loaded(&text, &[]);
        assert_eq!(loaded.report.render(false), "");
        assert_eq!(loaded.config.http_server.https, Https { enabled: true, ..Https::off(8088) });
        let remux = &loaded.config.vhosts[0].http_remux;
        assert_eq!(remux.mounts[0].0, format!("[vhost]/[app]/[stream]{extension}"));
        assert_eq!(remux.fast_cache, Duration::from_secs(fast_cache));
    }
}

#[test]
fn the_realtime_configuration_starts_with_a_note_on_merged_read() {
    let loaded = loaded(REALTIME, &[]);
    assert_eq!(loaded.report.count(Severity::Warning), 0);
    let notes: Vec<_> = loaded.report.lines(Severity::Note).collect();
    let told =
        "'mr' is ignored: each read takes all that has come, so there is nothing to merge (test.conf:9)";
    assert_eq!(notes, [told]);
    let vhost = &loaded.config.vhosts[0];
    assert!(vhost.min_latency && vhost.tcp_nodelay && !vhost.play.gop_cache);
    assert_eq!(vhost.play.mw_latency, Duration::from_millis(100));
}

#[test]
fn every_key_of_srs_that_is_not_served_gets_one_finding_and_starts() {
    let blocks =
        ["", "http_server", "vhost", "vhost.http_remux", "vhost.play", "vhost.publish", "vhost.forward"];
    for block in blocks {
        for name in unserved::names(block) {
            let inner = format!("\n{name} a b {{ enabled on; whatever; }}\n");
            let text = match block.rsplit_once('.') {
                _ if block.is_empty() => format!("listen 1; vhost v {{ }} {inner}"),
                Some((_, block)) => format!("listen 1; vhost v {{ {block} {{ {inner} }} }}"),
                None if block == "vhost" => format!("listen 1; vhost v {{ {inner} }}"),
                None => format!("listen 1; vhost v {{ }} {block} {{ {inner} }}"),
            };
            let report = loaded(&text, &[]).report;
            let severity = unserved::reason(block, name).unwrap().loss.severity();
            assert_eq!(report.count(Severity::Note) + report.count(Severity::Warning), 1, "{block}.{name}");
            let warnings: Vec<_> = report.lines(severity).collect();
            assert_eq!(warnings.len(), 1, "{block}.{name}: {warnings:?}");
            assert!(warnings[0].starts_with(&format!("'{name}' is ignored: ")), "{}", warnings[0]);
            assert!(warnings[0].ends_with("(test.conf:2)"), "{}", warnings[0]);
        }
    }
}

#[test]
fn a_warning_shows_the_line() {
    let text = "listen 1935;\nvhost __defaultVhost__ {\n    hls {\n        enabled     on;\n    }\n}\n";
    insta::assert_snapshot!(loaded(text, &[]).report.render(false));
}
