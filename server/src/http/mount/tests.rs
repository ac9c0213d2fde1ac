use super::*;
use crate::config::{HttpRemux, MountTemplate};
use http::header::HOST;
use proptest::prelude::*;

/// A vhost with one mount, or several with spaces between.
fn vhost(name: &str, mounts: &str) -> Vhost {
    let mounts = mounts.split(' ').map(|mount| MountTemplate(mount.to_owned())).collect();
    let http_remux = HttpRemux { enabled: true, mounts, ..HttpRemux::default() };
    Vhost { name: name.to_owned(), http_remux, ..Vhost::default() }
}

fn mounts(vhosts: impl IntoIterator<Item = Vhost>) -> Mounts {
    let vhosts = vhosts.into_iter().map(Arc::new).collect();
    Mounts::new(Arc::new(Config { vhosts, ..Config::default() }))
}

/// The key of the stream that `host` and `target` name, as text; empty when they name none.
fn found(mounts: &Mounts, host: &str, target: &str) -> String {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, host.parse().unwrap());
    let mounted = mounts.find(&target.parse().unwrap(), &headers).unwrap();
    mounted.map(|mounted| mounted.key.to_string()).unwrap_or_default()
}

/// The key and the format that `target` names on any host.
fn found_as(mounts: &Mounts, target: &str) -> Option<(String, Format)> {
    let mounted = mounts.find(&target.parse().unwrap(), &HeaderMap::new()).unwrap();
    mounted.map(|mounted| (mounted.key.to_string(), mounted.format))
}

const DEFAULT_MOUNT: &str = "[vhost]/[app]/[stream].flv";

#[test]
fn the_default_vhost_serves_every_host() {
    let mounts = mounts([vhost(DEFAULT_VHOST, DEFAULT_MOUNT)]);
    for host in ["localhost", "localhost:8080", "[::1]:8080", "video.example"] {
        assert_eq!(found(&mounts, host, "/live/cam.flv"), "__defaultVhost__/live/cam");
    }
}

#[test]
fn a_named_vhost_serves_its_own_host_only() {
    let mounts = mounts([vhost("a.example", DEFAULT_MOUNT)]);
    assert_eq!(found(&mounts, "a.example:8080", "/live/cam.flv"), "a.example/live/cam");
    assert_eq!(found(&mounts, "b.example", "/live/cam.flv"), "");
    assert_eq!(
        found(&mounts, "b.example", "/live/cam.flv?token=a=b,c&vhost=a.example"),
        "a.example/live/cam"
    );
    assert_eq!(found(&mounts, "b.example", "/live/cam.flv?domain=a.example"), "a.example/live/cam");
}

#[test]
fn an_exact_vhost_goes_before_the_default_one() {
    let mounts = mounts([vhost(DEFAULT_VHOST, DEFAULT_MOUNT), vhost("a.example", DEFAULT_MOUNT)]);
    assert_eq!(found(&mounts, "a.example", "/live/cam.flv"), "a.example/live/cam");
    assert_eq!(found(&mounts, "c.example", "/live/cam.flv"), "__defaultVhost__/live/cam");
}

#[test]
fn a_template_without_vhost_serves_any_host_but_a_vhosts_own_mount_goes_first() {
    let template = "/[app]/[stream].flv";
    let mounts = mounts([vhost("a.example", template), vhost("b.example", template)]);
    assert_eq!(found(&mounts, "elsewhere", "/live/cam.flv"), "a.example/live/cam");
    assert_eq!(found(&mounts, "b.example", "/live/cam.flv"), "b.example/live/cam");
}

#[test]
fn a_disabled_vhost_or_one_without_remux_has_no_mount() {
    let mut off = vhost("off.example", DEFAULT_MOUNT);
    off.enabled = false;
    let mut no_remux = vhost("plain.example", DEFAULT_MOUNT);
    no_remux.http_remux.enabled = false;
    let mounts = mounts([vhost(DEFAULT_VHOST, DEFAULT_MOUNT), off, no_remux]);
    assert_eq!(found(&mounts, "off.example", "/live/cam.flv"), "");
    assert_eq!(found(&mounts, "plain.example", "/live/cam.flv"), "");
}

#[test]
fn the_path_has_a_level_for_each_placeholder_and_the_extension() {
    let mounts = mounts([vhost(DEFAULT_VHOST, DEFAULT_MOUNT)]);
    for target in ["/", "/cam.flv", "/live/cam.ts", "/live/cam", "/live/.flv", "//cam.flv", "/a/../cam.flv"] {
        assert_eq!(found(&mounts, "h", target), "", "{target}");
    }
}

#[test]
fn the_extension_says_the_format_among_a_vhosts_mounts() {
    let mounts = mounts([vhost(
        DEFAULT_VHOST,
        "[vhost]/[app]/[stream].flv [vhost]/[app]/[stream].ts /audio/[app]/[stream].aac",
    )]);
    let named = |stream: &str, format| Some((format!("__defaultVhost__/live/{stream}"), format));
    assert_eq!(found_as(&mounts, "/live/cam.flv"), named("cam", Format::Flv));
    assert_eq!(found_as(&mounts, "/live/cam.ts"), named("cam", Format::Ts));
    assert_eq!(found_as(&mounts, "/live/cam.flv.ts"), named("cam.flv", Format::Ts));
    assert_eq!(found_as(&mounts, "/live/cam.ts.flv"), named("cam.ts", Format::Flv));
    assert_eq!(found_as(&mounts, "/audio/live/cam.aac"), named("cam", Format::Aac));
    for target in ["/live/cam.aac", "/audio/live/cam.mp3", "/live/cam.TS"] {
        assert_eq!(found_as(&mounts, target), None, "{target}");
    }
}

#[test]
fn a_vhost_for_each_format_works_as_with_srs() {
    let mounts = mounts([
        vhost(DEFAULT_VHOST, DEFAULT_MOUNT),
        vhost("ts.example", "[vhost]/[app]/[stream].ts"),
        vhost("mp3.example", "/[app]/[stream].mp3"),
    ]);
    assert_eq!(found(&mounts, "h", "/live/cam.flv"), "__defaultVhost__/live/cam");
    assert_eq!(found(&mounts, "ts.example", "/live/cam.ts"), "ts.example/live/cam");
    assert_eq!(found(&mounts, "h", "/live/cam.ts"), "");
    assert_eq!(found(&mounts, "h", "/live/cam.mp3"), "mp3.example/live/cam");
    assert_eq!(found(&mounts, "ts.example", "/live/cam.flv"), "");
}

#[test]
fn names_keep_their_dots_and_are_decoded() {
    let mounts = mounts([vhost(DEFAULT_VHOST, DEFAULT_MOUNT)]);
    assert_eq!(found(&mounts, "h", "/live/cam.1.flv"), "__defaultVhost__/live/cam.1");
    assert_eq!(found(&mounts, "h", "/live/cam.flv.flv"), "__defaultVhost__/live/cam.flv");
    assert_eq!(found(&mounts, "h", "/my%20app/%E6%91%84.flv"), "__defaultVhost__/my app/摄");
}

#[test]
fn literal_text_around_placeholders_is_matched() {
    let mounts = mounts([vhost("v.example", "CDN.example/x/[app]/y-[stream]_hd.flv")]);
    assert_eq!(found(&mounts, "cdn.example", "/x/live/y-cam-2_hd.flv"), "v.example/live/cam-2");
    assert_eq!(found(&mounts, "v.example", "/x/live/y-cam-2_hd.flv"), "");
    assert_eq!(found(&mounts, "cdn.example", "/x/live/y-cam.flv"), "");
    assert_eq!(found(&mounts, "cdn.example", "/y/live/y-cam_hd.flv"), "");
}

#[test]
fn a_vhost_in_the_path_is_its_name_and_nothing_for_the_default_one() {
    let template = "/[vhost]/[app]/[stream].flv";
    let mounts = mounts([vhost("a.example", template), vhost(DEFAULT_VHOST, template)]);
    assert_eq!(found(&mounts, "h", "/a.example/live/cam.flv"), "a.example/live/cam");
    assert_eq!(found(&mounts, "h", "/live/cam.flv"), "__defaultVhost__/live/cam");
}

#[test]
fn a_streams_url_leads_back_to_it() {
    let mounts = mounts([
        vhost(DEFAULT_VHOST, DEFAULT_MOUNT),
        vhost("a.example", DEFAULT_MOUNT),
        vhost("b.example", "/b/[app]/x-[stream].flv"),
        vhost("c.example", "cdn.example/[app]/[stream].flv"),
    ]);
    for name in [DEFAULT_VHOST, "a.example", "b.example", "c.example"] {
        let key = StreamKey { vhost: name.into(), app: "my app".into(), stream: "摄?1.flv".into() };
        let url = mounts.url_of(&key, Format::Flv).unwrap();
        assert_eq!(found(&mounts, "elsewhere", &url), key.to_string(), "{url}");
    }
    let key = StreamKey { vhost: "a.example".into(), app: "a".into(), stream: "s".into() };
    assert_eq!(mounts.url_of(&key, Format::Ts), None);
    let key = StreamKey { vhost: "gone".into(), app: "a".into(), stream: "s".into() };
    assert_eq!(mounts.url_of(&key, Format::Flv), None);
}

#[test]
fn a_stream_has_a_url_for_each_format_that_is_mounted() {
    let mounts = mounts([vhost("a.example", "[vhost]/[app]/[stream].flv /t/[app]/[stream].ts")]);
    let key = StreamKey { vhost: "a.example".into(), app: "live".into(), stream: "cam.ts".into() };
    assert_eq!(mounts.url_of(&key, Format::Flv).unwrap(), "/live/cam.ts.flv?vhost=a.example");
    assert_eq!(mounts.url_of(&key, Format::Ts).unwrap(), "/t/live/cam.ts.ts");
    assert_eq!(mounts.url_of(&key, Format::Aac), None);
}

#[test]
fn an_app_of_several_levels_is_one_stream_at_one_url() {
    let mounts = mounts([
        vhost(DEFAULT_VHOST, DEFAULT_MOUNT),
        vhost("b.example", "/hd/[app]/x/[stream].ts [vhost]/[app]/[stream].ts"),
    ]);
    for target in [
        "/live/room1/cam.flv",
        "/live%2Froom1/cam.flv",
        "/live//room1/cam.flv",
        "/live/_definst_/room1/cam.flv",
    ] {
        assert_eq!(found(&mounts, "h", target), "__defaultVhost__/live/room1/cam", "{target}");
    }
    assert_eq!(found(&mounts, "h", "/hd/live/room1/x/cam.ts"), "b.example/live/room1/cam");
    assert_eq!(found(&mounts, "h", "/live...vhost...b.example/cam.flv"), "");
}

#[test]
fn hosts_are_the_same_in_any_case_with_a_port_or_a_dot() {
    let mounts = mounts([vhost("a.example", DEFAULT_MOUNT), vhost("::1", DEFAULT_MOUNT)]);
    for host in ["A.Example", "a.example.", "A.EXAMPLE.:8080"] {
        assert_eq!(found(&mounts, host, "/live/cam.flv"), "a.example/live/cam", "{host}");
        assert_eq!(found(&mounts, "h", &format!("/live/cam.flv?vhost={host}")), "a.example/live/cam");
        assert_eq!(found(&mounts, "h", &format!("/live/cam.flv?domain={host}")), "a.example/live/cam");
    }
    assert_eq!(found(&mounts, "[::1]:8080", "/live/cam.flv"), "::1/live/cam");
    assert_eq!(found(&mounts, "h", "/Live/cam.flv?vhost=a.example"), "a.example/Live/cam", "only hosts");
}

#[test]
fn names_in_another_encoding_have_urls_of_their_own() {
    let mounts = mounts([vhost(DEFAULT_VHOST, DEFAULT_MOUNT)]);
    assert_eq!(found(&mounts, "h", "/live/cam%C9%E3.flv"), "__defaultVhost__/live/cam%C9%E3");
    assert_eq!(found(&mounts, "h", "/live/cam%CF%F1.flv"), "__defaultVhost__/live/cam%CF%F1");
    assert_eq!(
        mounts.find(&"/%C9%E3.txt".parse().unwrap(), &HeaderMap::new()).unwrap_err(),
        BadPath::NotUtf8
    );
}

#[test]
fn a_url_that_leads_elsewhere_is_not_named() {
    let mounts = mounts([
        vhost(DEFAULT_VHOST, DEFAULT_MOUNT),
        vhost("b.example", "/hd/[app]/[stream].flv"),
        vhost("c.example", "/hd/[app]/[stream].ts"),
    ]);
    let url = |vhost: &str, app: &str| {
        let key = StreamKey { vhost: vhost.into(), app: app.into(), stream: "cam".into() };
        mounts.url_of(&key, Format::Flv)
    };
    assert_eq!(url(DEFAULT_VHOST, "live").unwrap(), "/live/cam.flv");
    assert_eq!(url(DEFAULT_VHOST, "hd/live").unwrap(), "/hd/live/cam.flv?vhost=__defaultVhost__");
    assert_eq!(url("b.example", "live").unwrap(), "/hd/live/cam.flv?vhost=b.example");
}

proptest! {
    /// With what has a meaning in URLs, in templates and in escapes.
    #[test]
    fn every_streams_url_leads_back_to_it_wherever_its_names_were_split(
        path in "([ab .%?&=#+~é/]|%2F|%20|%C9|%ff|hd|[.]flv|_definst_){3,12}",
    ) {
        let mounts = mounts([
            vhost(DEFAULT_VHOST, DEFAULT_MOUNT),
            vhost("a.example", "[vhost]/[app]/[stream].flv /hd/[app]/fa-[stream]fa.flv"),
            vhost("b.example", "/hd/[app]/x/[stream].flv"),
        ]);
        for (at, _) in path.match_indices('/') {
            let Ok(name) = StreamName::parse(&path[..at], &path[at + 1..]) else { continue };
            for vhost in [DEFAULT_VHOST, "a.example", "b.example"] {
                let StreamName { app, stream, .. } = name.clone();
                let key = StreamKey { vhost: vhost.into(), app, stream };
                let url = mounts.url_of(&key, Format::Flv);
                let url = url.unwrap_or_else(|| panic!("{key} has a URL"));
                for host in ["elsewhere", "a.example", "b.example"] {
                    prop_assert_eq!(found(&mounts, host, &url), key.to_string(), "{} on {}", url, host);
                }
            }
        }
    }
}
