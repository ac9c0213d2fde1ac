//! An edge: streams pulled from origins while somebody watches.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use flvgate::config::{Cluster, ClusterMode};
use flvgate_tests::binary::{Program, free_port};
use flvgate_tests::ffmpeg::{self, Clip, packets};
use flvgate_tests::publisher::Publisher;
use flvgate_tests::server::{self, PATIENCE, TestServer};
use flvgate_tests::viewer::{self, Viewer};
use serde_json::Value;
use tokio::time::timeout;

/// Host and port of the server's RTMP listener.
fn rtmp_host(server: &TestServer) -> String {
    server.publish_url("").replace("rtmp://", "").replace("/live/", "")
}

fn edge_of(origins: &[String]) -> TestServer {
    let cluster = cluster_of(origins);
    TestServer::start(move |vhost| vhost.cluster = cluster)
}

fn cluster_of(origins: &[String]) -> Cluster {
    Cluster { mode: ClusterMode::Remote, origins: origins.to_vec(), ..Cluster::default() }
}

/// A host and port where nobody listens.
fn dead_host() -> String {
    format!("127.0.0.1:{}", free_port())
}

/// The video and audio packets of `path`, without their times.
async fn contents(path: &Path) -> [Vec<String>; 2] {
    let all = packets(path).await;
    [0, 1].map(|stream| {
        all.iter().filter(|packet| packet.stream == stream).map(|packet| packet.content.clone()).collect()
    })
}

/// Waits until `viewer` has got `text` in what comes from now on.
async fn wait_for_bytes(viewer: &mut Viewer, text: &[u8]) {
    let found = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    let bytes = timeout(PATIENCE, viewer.collect(found)).await.expect("it comes in time");
    assert!(found(&bytes), "the stream ended before it came");
}

#[tokio::test]
async fn a_viewer_of_an_edge_gets_what_is_published_at_the_origin() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 5, ..Clip::default() }.make(directory.path()).await;
    let origin = TestServer::start(|vhost| vhost.publish.grace_timeout = Duration::ZERO);
    let near = edge_of(&[rtmp_host(&origin)]);
    let far = edge_of(&[rtmp_host(&near)]);
    let _publisher = ffmpeg::publish(&clip, &origin.publish_url("cam"));
    origin.wait_until_live("cam").await;
    // The second one by way of the first one.
    let mut joined = Vec::new();
    for server in [&near, &far] {
        joined.push(Viewer::join(&server.http_url("cam")).await);
    }
    for (number, mut viewer) in joined.into_iter().enumerate() {
        let bytes = viewer.collect(|_| false).await;
        let captured = directory.path().join(format!("captured-{number}.flv"));
        std::fs::write(&captured, &bytes).expect("there is room");
        assert_eq!(ffmpeg::decode_complaints(&captured).await, "");
        assert_eq!(contents(&captured).await, contents(&clip).await, "viewer {number}");
    }
}

#[tokio::test]
async fn viewers_stay_when_an_origin_is_killed_and_go_on_with_the_next_one() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 60, ..Clip::default() }.make(directory.path()).await;
    let first = Program::start(directory.path(), "", "").await;
    let second = TestServer::start(|_| {});
    let _publishers =
        [&first.publish_url("cam"), &second.publish_url("cam")].map(|url| ffmpeg::publish(&clip, url));
    server::wait_until_live(&first.http_host(), "cam").await;
    second.wait_until_live("cam").await;
    let first_host = first.publish_url("").replace("rtmp://", "").replace("/live/", "");
    let edge = edge_of(&[first_host, rtmp_host(&second)]);
    let mut viewer = Viewer::join(&edge.http_url("cam")).await;
    let is_enough = Arc::new(AtomicBool::new(false));
    let enough = is_enough.clone();
    let viewing = tokio::spawn(async move { viewer.collect(|_| enough.load(Ordering::Relaxed)).await });
    let frames = |status: &Value| status["frames"].as_u64().unwrap_or_default();
    edge.wait_for("cam", "frames from the first origin", |status| frames(status) > 50).await;
    let of_second = second.stream_status("cam").await.expect("it is live");
    assert_eq!(of_second["clients"], 1, "only its publisher: the first origin is in use");

    let killed = Instant::now();
    first.kill().await;
    second.wait_for("cam", "the edge's coming", |status| status["clients"] == 2).await;
    println!("the next origin has the edge {:?} after the kill", killed.elapsed());
    let before = frames(&edge.stream_status("cam").await.expect("it is still there"));
    edge.wait_for("cam", "frames from the second origin", |status| frames(status) > before + 50).await;
    is_enough.store(true, Ordering::Relaxed);
    let bytes = timeout(PATIENCE, viewing).await.expect("frames come").expect("the connection holds");
    let captured = directory.path().join("captured.flv");
    std::fs::write(&captured, &bytes).expect("there is room");
    let packets = packets(&captured).await;
    let times: Vec<_> = packets.iter().filter(|packet| packet.stream == 0).map(|packet| packet.dts).collect();
    assert!(times.len() > 75, "{} frames", times.len());
    assert!(times.is_sorted_by(|a, b| a < b), "one clock: {times:?}");
}

#[tokio::test]
async fn a_dead_origin_costs_a_cold_start_nothing_but_a_refused_connection() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 60, ..Clip::default() }.make(directory.path()).await;
    let origin = TestServer::start(|_| {});
    let edge = edge_of(&[dead_host(), rtmp_host(&origin)]);
    let _publisher = ffmpeg::publish(&clip, &origin.publish_url("cam"));
    origin.wait_until_live("cam").await;
    let asked = Instant::now();
    let mut viewer = timeout(PATIENCE, Viewer::join(&edge.http_url("cam"))).await.expect("it plays");
    wait_for_bytes(&mut viewer, b"FLV").await;
    println!("cold start with a dead first origin: {:?}", asked.elapsed());
}

#[tokio::test]
async fn an_origin_that_says_nothing_is_left_for_the_next_one() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let silent_host = silent.local_addr().expect("it is bound").to_string();
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 60, ..Clip::default() }.make(directory.path()).await;
    let origin = TestServer::start(|_| {});
    let edge = edge_of(&[silent_host, rtmp_host(&origin)]);
    let _publisher = ffmpeg::publish(&clip, &origin.publish_url("cam"));
    origin.wait_until_live("cam").await;
    let asked = Instant::now();
    let mut viewer = timeout(PATIENCE, Viewer::join(&edge.http_url("cam"))).await.expect("it plays");
    wait_for_bytes(&mut viewer, b"FLV").await;
    println!("cold start with a silent origin: {:?}", asked.elapsed());
    assert!(silent.accept().is_ok(), "it has been asked");
}

#[tokio::test]
async fn a_stream_that_no_origin_has_is_a_404_that_says_so() {
    let origin = TestServer::start(|_| {});
    for (origins, reason) in [
        (vec![rtmp_host(&origin)], "no origin has it"),
        (vec![dead_host(), rtmp_host(&origin)], "no origin has it"),
        (vec![dead_host()], "no origin can be reached"),
    ] {
        let edge = edge_of(&origins);
        let answer = timeout(PATIENCE, viewer::get(&edge.http_url("missing"))).await.expect("it is answered");
        assert_eq!(answer.status, 404);
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(body.contains(reason), "{body}");
    }
}

#[tokio::test]
async fn when_the_last_viewer_leaves_so_does_the_edge() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 60, ..Clip::default() }.make(directory.path()).await;
    let origin = TestServer::start(|_| {});
    let edge = edge_of(&[rtmp_host(&origin)]);
    let _publisher = ffmpeg::publish(&clip, &origin.publish_url("cam"));
    origin.wait_until_live("cam").await;
    let viewer = Viewer::join(&edge.http_url("cam")).await;
    origin.wait_for("cam", "the edge's coming", |status| status["clients"] == 2).await;
    drop(viewer);
    origin.wait_for("cam", "the edge's going", |status| status["clients"] == 1).await;
    assert!(edge.stream_status("cam").await.is_none(), "nobody can join what is not pulled");
    // And it comes again.
    let _viewer = Viewer::join(&edge.http_url("cam")).await;
}

#[tokio::test]
async fn the_vhost_goes_on_to_the_origin_which_is_listed_as_what_it_is() {
    let origin = TestServer::start(|vhost| vhost.name = "origin.example.com".into());
    let mut config = server::config(|vhost| {
        vhost.cluster = Cluster { vhost: "origin.example.com".into(), ..cluster_of(&[rtmp_host(&origin)]) };
    });
    config.http_api.enabled = true;
    // One port for both.
    config.http_server.listen = vec![dead_host().parse().expect("it is an address")];
    config.http_api.listen.clone_from(&config.http_server.listen);
    let edge = TestServer::start_configured(&Arc::new(config));
    let _publisher = Publisher::connect(&origin.publish_url("cam?vhost=origin.example.com")).await;
    let _viewer = Viewer::join(&edge.http_url("cam")).await;
    let answer = viewer::get(&format!("http://{}/api/v1/clients", edge.http_host())).await;
    let clients = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(clients.contains("\"edge-pull\""), "{clients}");
}

#[tokio::test]
async fn edges_of_each_other_do_not_go_in_circles() {
    let mut first = TestServer::start(|_| {});
    let second = edge_of(&[rtmp_host(&first)]);
    let cluster = cluster_of(&[rtmp_host(&second)]);
    first.reload(|config| {
        let mut vhost = (*config.vhosts[0]).clone();
        vhost.cluster = cluster;
        config.vhosts[0] = Arc::new(vhost);
    });
    let answer = timeout(PATIENCE, viewer::get(&second.http_url("cam"))).await.expect("it is answered");
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn what_is_published_at_an_edge_goes_to_an_origin_that_can_be_reached() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 5, ..Clip::default() }.make(directory.path()).await;
    let origin = TestServer::start(|vhost| vhost.publish.grace_timeout = Duration::ZERO);
    let origins = [dead_host(), rtmp_host(&origin)];
    let (here, there) = (edge_of(&origins), edge_of(&origins));
    let _publisher = ffmpeg::publish(&clip, &here.publish_url("cam"));
    origin.wait_until_live("cam").await;
    let bytes = Viewer::join(&there.http_url("cam")).await.collect(|_| false).await;
    let captured = directory.path().join("captured.flv");
    std::fs::write(&captured, &bytes).expect("there is room");
    assert_eq!(contents(&captured).await, contents(&clip).await);
}

#[tokio::test]
async fn a_reload_that_makes_no_edge_of_it_ends_its_pulls() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 60, ..Clip::default() }.make(directory.path()).await;
    let origin = TestServer::start(|_| {});
    let mut edge = edge_of(&[rtmp_host(&origin)]);
    let _publisher = ffmpeg::publish(&clip, &origin.publish_url("cam"));
    origin.wait_until_live("cam").await;
    let _viewer = Viewer::join(&edge.http_url("cam")).await;
    origin.wait_for("cam", "the edge's coming", |status| status["clients"] == 2).await;
    edge.reload(|config| {
        let mut vhost = (*config.vhosts[0]).clone();
        vhost.cluster = Cluster::default();
        config.vhosts[0] = Arc::new(vhost);
    });
    origin.wait_for("cam", "the edge's going", |status| status["clients"] == 1).await;
}
