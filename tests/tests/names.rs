//! Names of streams, as encoders send them and as viewers ask for them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;

use flvgate::config::{Cluster, ClusterMode, Config, Forward, Vhost};
use flvgate::rtmp::client::PublishUrl;
use flvgate_tests::ffmpeg::Clip;
use flvgate_tests::publisher::{Publisher, keyframe, sequence_header};
use flvgate_tests::server::{self, TestServer};
use flvgate_tests::viewer::Viewer;
use serde_json::Value;
use tokio::process::{Child, Command};

/// Publishes at `server` by exactly these names.
async fn publish(server: &TestServer, app: &str, stream: &str) -> Publisher {
    let PublishUrl { host, port, .. } = server.publish_url("any").parse().expect("it is a URL");
    let url = PublishUrl { host, port, app: app.to_owned(), stream: stream.to_owned() };
    let mut publisher = Publisher::open_as(url).await;
    publisher.push(0, &sequence_header()).await;
    publisher.push(0, &keyframe(0, 100)).await;
    publisher
}

/// Publishes with a name that need not be text.
fn publish_bytes(clip: &std::path::Path, server: &TestServer, name: &[u8]) -> Child {
    let url = [server.publish_url("").as_bytes(), name].concat();
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-re", "-stream_loop", "-1", "-i"]).arg(clip);
    ffmpeg.args(["-c", "copy", "-f", "flv"]).arg(OsStr::from_bytes(&url));
    ffmpeg.kill_on_drop(true).spawn().expect("ffmpeg is installed")
}

/// Joins the stream at `path`, and waits for its first bytes.
async fn assert_plays(server: &TestServer, path: &str) {
    let mut viewer = Viewer::join(&format!("http://{}{path}", server.http_host())).await;
    let bytes = viewer.collect(|bytes| bytes.len() >= 13).await;
    assert!(bytes.starts_with(b"FLV"), "{path}");
}

async fn streams(server: &TestServer) -> Vec<Value> {
    let answer = server::streams(&server.http_host()).await;
    answer["streams"].as_array().expect("it is a list").clone()
}

#[tokio::test]
async fn every_url_that_the_api_gives_plays() {
    let server = TestServer::start(|_| {});
    let names = [
        ("live", "cam"),
        ("live/room1", "cam"),
        ("live", "room2/cam"),
        ("a", "b/c/d"),
        ("live/_definst_", "instance"),
        ("live", "my%20cam"),
        ("live", "other cam"),
        ("live", "%E6%91%84%E5%83%8F"),
        ("live", "cam.flv"),
        ("live", "100%"),
        ("live", "50%25"),
        ("live", "a%3Fb"),
        ("live", "a#b&c=d+e;f,g~h"),
        ("live", "\"quoted\" <b>\\"),
        ("live", "[stream]"),
        ("[vhost]", "[app]"),
        ("live", "...three.dots..."),
        ("api/v1", "x"),
        ("live%2Froom3", "cam%C9%E3"),
    ];
    let long = "摄".repeat(341);
    let mut publishers = Vec::new();
    for (app, stream) in names.into_iter().chain([(long.as_str(), long.as_str())]) {
        publishers.push(publish(&server, app, stream).await);
    }
    let streams = streams(&server).await;
    assert_eq!(streams.len(), publishers.len());
    for stream in &streams {
        let url = stream["flvgate"]["flv"].as_str().unwrap_or_else(|| panic!("{stream} has a URL"));
        assert_plays(&server, url).await;
        // SRS's fields lead there, too.
        assert_plays(&server, &format!("{}.flv", stream["url"].as_str().expect("it is text"))).await;
    }
}

#[tokio::test]
async fn an_app_of_several_levels_is_one_stream_however_it_is_split() {
    let server = TestServer::start(|_| {});
    let _publisher = publish(&server, "live/room1", "cam").await;
    for path in ["/live/room1/cam.flv", "/live%2Froom1/cam.flv", "/live/_definst_/room1/cam.flv"] {
        assert_plays(&server, path).await;
    }
    let streams = streams(&server).await;
    assert_eq!((&streams[0]["app"], &streams[0]["name"]), (&"live/room1".into(), &"cam".into()));
    let second = tokio::spawn(async move { publish(&server, "live", "room1/cam").await });
    assert!(second.await.is_err(), "it is published already");
}

#[tokio::test]
async fn a_vhost_may_stand_in_the_app_or_be_named_in_any_case() {
    let mut config = server::config(|_| {});
    let mut demo = Vhost { name: "demo".into(), ..Vhost::default() };
    demo.http_remux.enabled = true;
    config.vhosts.push(Arc::new(demo));
    let server = TestServer::start_configured(&Arc::new(config));
    let _in_app = publish(&server, "live...vhost...demo", "x").await;
    let _in_query = publish(&server, "live", "y?vhost=DEMO.").await;
    for name in ["x", "y"] {
        for vhost in ["demo", "Demo", "demo.", "demo:8080"] {
            assert_plays(&server, &format!("/live/{name}.flv?vhost={vhost}")).await;
        }
    }
    for stream in streams(&server).await {
        assert_eq!(stream["flvgate"]["vhost"], "demo");
        assert_plays(&server, stream["flvgate"]["flv"].as_str().expect("it has a URL")).await;
    }
}

#[tokio::test]
async fn names_in_an_encoding_that_is_not_utf8_are_streams_of_their_own() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 4, ..Clip::default() }.make(directory.path()).await;
    let server = TestServer::start(|_| {});
    // 摄 and 像 in GBK.
    let _encoders = [b"cam\xc9\xe3", b"cam\xcf\xf1"].map(|name| publish_bytes(&clip, &server, name));
    for name in ["cam%C9%E3", "cam%CF%F1"] {
        let status = server.wait_for(name, "going live", |status| status["frames"].as_u64() > Some(0)).await;
        assert_eq!(status["flvgate"]["flv"], format!("/live/{name}.flv"));
        assert_plays(&server, &format!("/live/{name}.flv")).await;
    }
}

#[tokio::test]
async fn odd_names_pass_through_edges_and_forwards() {
    let upper = TestServer::start(|vhost| vhost.publish.grace_timeout = std::time::Duration::ZERO);
    let upper_host = upper.publish_url("").replace("rtmp://", "").replace("/live/", "");
    let mut config = server::config(|_| {});
    let destinations = vec![format!("rtmp://{upper_host}/copy/[app]/[stream]?of=[stream]")];
    add_vhost(&mut config, "from.example", |vhost| vhost.forward = Forward { enabled: true, destinations });
    add_vhost(&mut config, "edge.example", |vhost| {
        let origins = vec![upper_host.clone()];
        vhost.cluster = Cluster { mode: ClusterMode::Remote, origins, ..Cluster::default() };
    });
    let lower = TestServer::start_configured(&Arc::new(config));
    let names = [("live", "a%3Fb&vhost=x"), ("live/room1", "cam"), ("live", "my cam"), ("live", "cam%C9%E3")];
    for (app, stream) in names {
        let _publisher = publish(&lower, app, &format!("{stream}?vhost=from.example")).await;
        let there = loop {
            let streams = streams(&upper).await;
            if let Some(stream) = streams.into_iter().find(|stream| stream["frames"].as_u64() > Some(0)) {
                break stream;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(there["app"], format!("copy/{app}"));
        let path = there["flvgate"]["flv"].as_str().expect("it has a URL");
        assert_plays(&upper, path).await;
        assert_plays(&lower, &format!("{path}?vhost=edge.example")).await;
        drop(_publisher);
        while !streams(&upper).await.is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

fn add_vhost(config: &mut Config, name: &str, adjust: impl FnOnce(&mut Vhost)) {
    let mut vhost = Vhost { name: name.into(), ..Vhost::default() };
    vhost.http_remux.enabled = true;
    adjust(&mut vhost);
    config.vhosts.push(Arc::new(vhost));
}
