//! Broken configurations, and the whole text that an operator gets for each.

use std::io;

use super::*;

/// What is printed for `text`.
#[track_caller]
fn told(text: &str) -> String {
    let files = [("circle.conf", "include circle.conf;\n"), ("part.conf", "vhost __defaultVhost__ {\n}\n")];
    let mut include = |name: &str| match files.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => Ok(text.as_bytes().to_vec()),
        None => Err(io::Error::new(io::ErrorKind::NotFound, "No such file or directory")),
    };
    match parse("conf/my.conf", text.as_bytes(), &Environment::default(), &mut include) {
        Ok(_) => panic!("it starts"),
        Err(report) => report.render(false),
    }
}

macro_rules! mistakes {
    ($($name:ident: $text:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(told($text));
            }
        )*
    };
}

mistakes! {
    unknown_key: "listen 1935;\nvhost __defaultVhost__ {\n    play {\n        gop_cahce   on;\n    }\n}\n";
    key_in_the_wrong_block: "listen 1935;\nhttp_remux {\n    enabled on;\n}\nvhost v {\n}\n";
    missing_semicolon: "listen 1935\nmax_connections 1000;\nvhost v {\n}\n";
    unclosed_block: "listen 1935;\nhttp_server {\n    enabled on;\nvhost v {\n}\n";
    brace_too_many: "listen 1935;\nvhost v {\n}\n}\n";
    brace_on_the_next_line: "listen 1935;\nvhost v\n{\n}\n";
    bad_number: "listen 1935;\nmax_connections many;\nvhost v {\n    play { mw_latency 350ms; queue_length -1; }\n}\n";
    number_out_of_range: "listen 1935;\nchunk_size 0;\nvhost v {\n}\n";
    bad_port: "listen 193500;\nhttp_server {\n    listen localhost:8080;\n}\nvhost v {\n}\n";
    bad_switch: "listen 1935;\nvhost v {\n    http_remux {\n        enabled yes;\n    }\n}\n";
    bad_word: "listen 1935;\nsrs_log_tank consol;\nvhost v {\n    play { time_jitter none; }\n}\n";
    unknown_mount_variable: "listen 1935;\nvhost v {\n    http_remux {\n        mount [vhost]/[app]/[strem].flv;\n    }\n}\n";
    mount_of_a_format_that_is_not_served: "listen 1935;\nvhost v {\n    http_remux {\n        mount [vhost]/[app]/[stream].m3u8;\n    }\n}\n";
    duplicate_vhost: "listen 1935;\nvhost __defaultVhost__ {\n}\ninclude part.conf;\n";
    duplicate_mount: "listen 1935;\nvhost a {\n    http_remux {\n        enabled on;\n        mount /[app]/[stream].flv;\n    }\n}\nvhost b {\n    http_remux {\n        enabled on;\n        mount [vhost]/[app]/[stream].flv /[app]/[stream].flv;\n    }\n}\n";
    wrong_rule: "listen 1935;\nvhost v {\n    security {\n        enabled on;\n        allow play 10.0.0.0/64;\n        deny watch all;\n    }\n}\n";
    two_http_remux: "listen 1935;\nvhost v {\n    http_remux {\n    }\n    http_remux {\n    }\n}\n";
    include_of_itself: "listen 1935;\ninclude circle.conf;\nvhost v {\n}\n";
    include_of_a_missing_file: "listen 1935;\ninclude conf/nothing.conf;\nvhost v {\n}\n";
    unclosed_quote: "listen 1935;\npid \"./my.pid;\nvhost v {\n}\n";
    arguments_too_many_and_too_few: "listen 1935;\nmax_connections 10 20;\nvhost v {\n    enabled;\n}\nvhost {\n}\n";
    block_where_a_value_belongs: "listen 1935 {\n}\nhttp_server on;\nvhost v {\n}\n";
    no_listen: "http_server {\n    enabled on;\n}\nvhost v {\n}\n";
    empty_file: "";
    everything_at_once: "listn 1935;\nhttp_server {\n    enabled ja\n    listen 99999;\n}\nvhost v {\n    hls { enabled on; }\n}\n";
}
