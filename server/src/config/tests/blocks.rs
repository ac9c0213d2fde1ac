//! The blocks for TLS, the API, files, forwarding and access.

use ipnet::IpNet;

use super::*;

fn network(text: &str) -> Option<IpNet> {
    Some(text.parse().unwrap())
}

/// The vhost `v` with this inside.
#[track_caller]
fn vhost(inside: &str) -> Vhost {
    Vhost::clone(&loaded(&format!("listen 1; vhost v {{ {inside} }}"), &[]).config.vhosts[0])
}

#[test]
fn tls_is_read_for_streams_for_the_api_and_for_a_vhosts_own_name() {
    let text = "listen 1;
        http_server { enabled on; https { enabled on; listen 443 [::]:443; key a.key; cert a.crt; } }
        http_api { enabled on; https { enabled on; listen 127.0.0.1:1991; key b.key; cert b.crt; } }
        vhost a.com { https { enabled on; key c.key; cert c.crt; } }
        vhost b.com { https { enabled off; key c.key; } }";
    let config = loaded(text, &[]).config;
    let identity =
        |name: &str| Identity { key: format!("{name}.key").into(), cert: format!("{name}.crt").into() };
    let listen = ["0.0.0.0:443", "[::]:443"].map(address).to_vec();
    assert_eq!(config.http_server.https, Https { enabled: true, listen, identity: identity("a") });
    let listen = vec![address("127.0.0.1:1991")];
    assert_eq!(config.http_api.https, Https { enabled: true, listen, identity: identity("b") });
    assert_eq!(config.vhosts[0].identity, Some(identity("c")));
    assert_eq!(config.vhosts[1].identity, None);
}

#[test]
fn the_api_with_tls_follows_the_streams_when_it_follows_them_without() {
    let api = |text: &str| {
        let text = format!("listen 1; vhost v {{ }} {text}");
        loaded(&text, &[]).config.http_api.https.listen.clone()
    };
    let server = "http_server { enabled on; listen 80; https { enabled on; listen 443; } }";
    assert_eq!(
        api(&format!("{server} http_api {{ enabled on; https {{ enabled on; }} }}")),
        [address("0.0.0.0:1990")]
    );
    let same = "http_api { enabled on; listen 80; https { enabled on; } }";
    assert_eq!(api(&format!("{server} {same}")), [address("0.0.0.0:443")]);
    let own = "http_api { enabled on; listen 80; https { enabled on; listen 444; } }";
    assert_eq!(api(&format!("{server} {own}")), [address("0.0.0.0:444")]);
}

#[test]
fn the_api_has_its_switches_and_its_password_stays_secret() {
    let text = "listen 1; vhost v { } http_api { enabled on; listen 1985; crossdomain off;
        raw_api { enabled on; allow_reload on; }
        auth { enabled on; username me; password 'a:b c'; } }";
    let api = loaded(text, &[]).config.http_api.clone();
    assert!(api.enabled && !api.crossdomain && api.raw_api && api.allow_reload);
    assert_eq!(api.auth, Some(Credentials { username: "me".to_owned(), password: "a:b c".to_owned() }));
    assert!(!format!("{api:?}").contains("a:b"));
    let off = text.replace("auth { enabled on;", "auth { enabled off;");
    assert_eq!(loaded(&off, &[]).config.http_api.auth, None);
}

#[test]
fn a_password_is_needed_when_one_is_asked_for() {
    let auth = |inside: &str| {
        errors(&format!("listen 1; vhost v {{ }} http_api {{ auth {{ enabled on; {inside} }} }}"), &[])
    };
    assert!(auth("")[0].contains("no username or no password"));
    assert!(auth("username a;")[0].contains("no username or no password"));
    assert!(auth("username a:b; password c;")[0].contains("has a colon"));
    assert_eq!(auth("username a; password c;"), [""; 0]);
}

#[test]
fn proxies_are_addresses_and_networks() {
    let text =
        "listen 1; vhost v { } http_server { proxy_protocol on; trusted_proxies 127.0.0.1 10.1.2.3/8 ::1; }";
    let server = loaded(text, &[]).config.http_server.clone();
    assert!(server.proxy_protocol);
    let expected = ["127.0.0.1/32", "10.0.0.0/8", "::1/128"].map(|text| text.parse().unwrap());
    assert_eq!(server.trusted_proxies, expected);
    let wrong = errors(&text.replace("::1", "localhost"), &[]);
    assert_eq!(wrong, ["trusted_proxies: 'localhost' is neither an IP address nor a network (test.conf:1)"]);
}

#[test]
fn security_rules_are_kept_in_the_files_order() {
    let rule = |allow, action, network| SecurityRule { allow, action, network };
    let security = vhost(
        "security { enabled on; deny play 1.2.3.4; allow play all; deny publish 2001:db8::/32; allow publish 10.9.0.0/16; }",
    )
    .security;
    assert!(security.enabled);
    assert_eq!(
        security.rules,
        [
            rule(false, Action::Play, network("1.2.3.4/32")),
            rule(true, Action::Play, None),
            rule(false, Action::Publish, network("2001:db8::/32")),
            rule(true, Action::Publish, network("10.9.0.0/16")),
        ]
    );
}

#[test]
fn security_variables_replace_the_files_rules_of_their_name() {
    let text = "listen 1; vhost v { security { enabled on; allow play all; deny play 1.2.3.4; } }";
    let variables = [("SRS_VHOST_SECURITY_ALLOW", "play 10.0.0.0/8, publish all")];
    let rules = loaded(text, &variables).config.vhosts[0].security.rules.clone();
    let shown: Vec<_> = rules.iter().map(|rule| (rule.allow, rule.action, rule.network.is_none())).collect();
    assert_eq!(
        shown,
        [(true, Action::Play, false), (true, Action::Publish, true), (false, Action::Play, false)]
    );
}

#[test]
fn wrong_rules_are_told_word_by_word() {
    let wrong = |rule: &str| errors(&format!("listen 1; vhost v {{ security {{ {rule}; }} }}"), &[]);
    for (rule, reason) in [
        ("allow watch all", "allow: 'watch' is neither 'play' nor 'publish'"),
        ("deny play", "deny: it is not said who"),
        ("deny play 1.2.3", "deny: '1.2.3' is neither an IP address nor a network"),
        ("deny play 1.2.3.4/33", "deny: '1.2.3.4/33' is neither an IP address nor a network"),
        ("allow play all all", "allow: there are 3 words, not 2"),
    ] {
        assert_eq!(wrong(rule), [format!("{reason} (test.conf:1)")]);
    }
}

#[test]
fn refer_forward_and_files_have_their_blocks() {
    let found = vhost(
        "refer { enabled on; all a.com b.com; play c.com; publish d.com; }
         forward { enabled on; destination 127.0.0.1:1936 rtmp://h/[app]; }
         http_static { enabled on; mount [vhost]/hls; dir ./files; }",
    );
    let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
    let refer =
        Refer { enabled: true, all: words("a.com b.com"), play: words("c.com"), publish: words("d.com") };
    assert_eq!(found.refer, refer);
    assert_eq!(
        found.forward,
        Forward { enabled: true, destinations: words("127.0.0.1:1936 rtmp://h/[app]") }
    );
    let files = HttpStatic { enabled: true, mount: "[vhost]/hls".to_owned(), dir: "./files".into() };
    assert_eq!(found.http_static, files);
}

#[test]
fn the_flat_forms_of_srs_1_and_2_are_read_with_a_note_each() {
    let text = "listen 1; vhost v { forward 10.0.0.1:1935 10.0.0.2; refer a.com; refer_play b.com; refer_publish c.com;
        http { enabled on; mount [vhost]/x; dir ./y; } }";
    let loaded = loaded(text, &[]);
    let newer = "listen 1; vhost v { forward { enabled on; destination 10.0.0.1:1935 10.0.0.2; }
        refer { enabled on; all a.com; play b.com; publish c.com; }
        http_static { enabled on; mount [vhost]/x; dir ./y; } }";
    assert_eq!(loaded.config, self::loaded(newer, &[]).config);
    let notes: Vec<_> = loaded.report.lines(Severity::Note).collect();
    assert_eq!(
        notes,
        [
            "'forward' is read as 'forward { destination }' (test.conf:1)",
            "'refer' is read as 'refer { all }' (test.conf:1)",
            "'refer_play' is read as 'refer { play }' (test.conf:1)",
            "'refer_publish' is read as 'refer { publish }' (test.conf:1)",
            "'http' is read as 'http_static' (test.conf:2)",
        ]
    );
    assert_eq!(
        (loaded.report.count(Severity::Warning), notes.len()),
        (0, loaded.report.count(Severity::Note))
    );
}

#[test]
fn a_flat_refer_does_not_switch_on_a_block_that_is_off() {
    assert!(!vhost("refer { enabled off; play a.com; } refer b.com;").refer.enabled);
    assert!(vhost("refer { play a.com; } refer b.com;").refer.enabled);
}

#[test]
fn one_vhost_may_have_several_mounts() {
    let text =
        "http_remux { enabled on; fast_cache 2.5; mount [vhost]/[app]/[stream].flv /x/[app]/[stream].flv; }";
    let remux = vhost(text).http_remux;
    let mounts: Vec<_> = remux.mounts.iter().map(|mount| mount.0.as_str()).collect();
    assert_eq!(mounts, ["[vhost]/[app]/[stream].flv", "/x/[app]/[stream].flv"]);
    assert_eq!(remux.fast_cache, Duration::from_millis(2500));
}

#[test]
fn a_destination_that_is_none_is_an_error() {
    let text = "listen 1; vhost v { forward { enabled on; destination h:1936 h/live rtmp://h/[x]; } }";
    let expected = "expected host[:port] or rtmp://host[:port][/app[/stream]], got";
    assert_eq!(
        errors(text, &[]),
        [
            format!(
                "forward of vhost 'v': {expected} \"h/live\": a path needs rtmp:// before the host (test.conf:1)"
            ),
            format!(
                "forward of vhost 'v': {expected} \"rtmp://h/[x]\": the variables are [vhost], [app] and [stream] (test.conf:1)"
            ),
        ]
    );
}

#[test]
fn blocks_that_are_on_in_vain_get_a_warning() {
    let warnings = |inside: &str| -> Vec<String> {
        let loaded = loaded(&format!("listen 1; vhost v {{ {inside} }}"), &[]);
        loaded.report.lines(Severity::Warning).collect()
    };
    assert_eq!(
        warnings("forward { enabled on; } security { enabled on; }"),
        [
            "forward of vhost 'v' is on, but has no destination (test.conf:1)",
            "security of vhost 'v' is on without a rule: nobody may publish or play (test.conf:1)",
        ]
    );
    assert_eq!(
        warnings("enabled off; forward { enabled on; }"),
        ["no vhost is enabled: every publisher and viewer will be refused"]
    );
}

#[test]
fn vhosts_are_one_in_any_case_and_are_found_so() {
    let config = loaded("listen 1935; vhost A.Example. { } vhost __DEFAULTVHOST__ { }", &[]).config;
    for name in ["a.example", "A.EXAMPLE", "a.example.:1935"] {
        assert_eq!(config.vhost(name).unwrap().name, "a.example", "{name}");
    }
    assert_eq!(config.vhost("other").unwrap().name, DEFAULT_VHOST);
}
