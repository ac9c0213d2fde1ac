//! Streams published again, over RTMP, with ffmpeg as the judge.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flvgate::config::{Forward, MountTemplate, Vhost};
use flvgate_tests::binary::free_port;
use flvgate_tests::ffmpeg::{self, Clip, packets};
use flvgate_tests::process;
use flvgate_tests::server::TestServer;
use flvgate_tests::viewer::Viewer;
use tokio::time::sleep;

fn forward_to(vhost: &mut Vhost, destination: String) {
    vhost.forward = Forward { enabled: true, destinations: vec![destination] };
}

/// The video and audio packets of `path`, without their times.
async fn contents(path: &Path) -> [Vec<String>; 2] {
    let all = packets(path).await;
    [0, 1].map(|stream| {
        all.iter().filter(|packet| packet.stream == stream).map(|packet| packet.content.clone()).collect()
    })
}

/// The codecs at `url`, as soon as there is a stream.
async fn probe_when_live(url: &str) -> String {
    let probe = ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", url];
    for _ in 0..50 {
        let output = process::run("ffprobe", &probe).await;
        if output.status.success() {
            return String::from_utf8_lossy(&output.stdout).into_owned();
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("{url} does not become live");
}

/// Waits until ffmpeg, which says nothing while it waits, listens on `port`.
async fn wait_for_listener(port: u16) {
    let table = || std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let listening = format!(":{port:04X} 00000000:0000 0A");
    for _ in 0..1000 {
        if table().contains(&listening) {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody listens on {port}");
}

#[tokio::test]
async fn what_is_forwarded_is_what_was_published_packet_by_packet() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 5, ..Clip::default() }.make(directory.path()).await;
    let second = TestServer::start(|_| {});
    let destination = second.publish_url("").replace("rtmp://", "").replace("/live/", "");
    let first = TestServer::start(|vhost| forward_to(vhost, destination));
    let _publisher = ffmpeg::publish(&clip, &first.publish_url("cam"));
    second.wait_until_live("cam").await;
    let bytes = Viewer::join(&second.http_url("cam")).await.collect(|_| false).await;
    let captured = directory.path().join("captured.flv");
    std::fs::write(&captured, &bytes).expect("there is room");
    assert_eq!(ffmpeg::decode_complaints(&captured).await, "");
    assert_eq!(contents(&captured).await, contents(&clip).await);
}

#[tokio::test]
async fn one_vhost_forwards_to_others_that_mount_other_formats() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 30, ..Clip::default() }.make(directory.path()).await;
    let mounts = [
        ("flv.local", "[vhost]/hdl/[app]/[stream].flv"),
        ("ts.local", "ts.local/[app]/[stream].ts"),
        ("aac.local", "[vhost]/[app]/[stream].aac"),
    ];
    let mut server = TestServer::start(|_| {});
    let rtmp = server.publish_url("").replace("rtmp://", "").replace("/live/", "");
    server.reload(|config| {
        let mut first = (*config.vhosts[0]).clone();
        let to = |vhost: &str| format!("rtmp://{rtmp}/[app]/[stream]?vhost={vhost}");
        first.forward =
            Forward { enabled: true, destinations: mounts.iter().map(|(vhost, _)| to(vhost)).collect() };
        config.vhosts[0] = Arc::new(first);
        for (name, mount) in mounts {
            let mut vhost = Vhost { name: name.into(), ..Vhost::default() };
            vhost.http_remux.enabled = true;
            vhost.http_remux.mounts = vec![MountTemplate(mount.to_owned())];
            config.vhosts.push(Arc::new(vhost));
        }
    });
    let _publisher = ffmpeg::publish(&clip, &server.publish_url("cam"));
    let expected = [
        ("hdl/live/cam.flv?vhost=flv.local", &["h264", "aac"][..]),
        ("live/cam.ts?vhost=ts.local", &["h264", "aac"]),
        ("live/cam.aac?vhost=aac.local", &["aac"]),
    ];
    for (path, codecs) in expected {
        let found = probe_when_live(&format!("http://{}/{path}", server.http_host())).await;
        assert!(codecs.iter().all(|codec| found.contains(codec)), "{path}: {found}");
        assert_eq!(found.contains("h264"), codecs.contains(&"h264"), "{path}: {found}");
    }
}

#[tokio::test]
async fn ffmpeg_as_the_receiver_records_the_stream_and_again_after_a_restart() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 20, ..Clip::default() }.make(directory.path()).await;
    let port = free_port();
    let server = TestServer::start(|vhost| forward_to(vhost, format!("127.0.0.1:{port}")));
    let url = format!("rtmp://127.0.0.1:{port}/live/cam");
    let mut publisher = ffmpeg::publish(&clip, &server.publish_url("cam"));
    server.wait_until_live("cam").await;
    for round in 0..2 {
        let path = directory.path().join(format!("received-{round}.flv"));
        let path_text = path.display().to_string();
        let mut receiver = process::start(
            "ffmpeg",
            &["-v", "error", "-listen", "1", "-i", &url, "-c", "copy", "-t", "2", "-y", &path_text],
        );
        wait_for_listener(port).await;
        // It ends by itself, which is the restart: it does not say goodbye to the server either.
        let ended = tokio::time::timeout(Duration::from_secs(30), receiver.wait()).await;
        assert!(ended.expect("it has received two seconds").expect("it ran").success());
        assert_eq!(ffmpeg::decode_complaints(&path).await, "", "it begins with configuration and a keyframe");
        let [video, audio] = contents(&path).await;
        let [sent, heard] = contents(&clip).await;
        assert!(video.len() > 40 && audio.len() > 60, "{} and {} packets", video.len(), audio.len());
        assert!(video.iter().all(|packet| sent.contains(packet)));
        assert!(audio.iter().all(|packet| heard.contains(packet)));
    }
    publisher.start_kill().expect("it is still publishing");
}
