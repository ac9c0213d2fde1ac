//! Every format over every transport: what is published is what viewers get, access unit for access unit.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flvgate::config::{MountTemplate, Vhost};
use flvgate_media::format::Format;
use flvgate_tests::sample::Sample;
use flvgate_tests::secure::{self, Http2, SecureWebSocket};
use flvgate_tests::server::TestServer;
use flvgate_tests::track::{access_units, assert_is_end_of};
use flvgate_tests::transport_stream::Analysis;
use flvgate_tests::viewer::Viewer;
use flvgate_tests::{ffmpeg, process, reader};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

/// How viewers come.
#[derive(Clone, Copy, Debug)]
enum Transport {
    Http,
    Https,
    Http2,
    WebSocket,
    SecureWebSocket,
}

impl Transport {
    const ALL: [Self; 5] = [Self::Http, Self::Https, Self::Http2, Self::WebSocket, Self::SecureWebSocket];

    /// All that a viewer of `path` gets; `hosts` are those of HTTP and HTTPS.
    async fn collect(self, hosts: [String; 2], path: &str) -> Bytes {
        let [plain, secure] = hosts;
        match self {
            Self::Http => Viewer::join(&format!("http://{plain}{path}")).await.collect(|_| false).await,
            Self::WebSocket => Viewer::join(&format!("ws://{plain}{path}")).await.collect(|_| false).await,
            Self::Https => whole(Viewer::Http(https(&secure, path).await)).await,
            Self::Http2 => {
                let answer = Http2::connect(&secure).await.get(path).await;
                assert_eq!(answer.status(), StatusCode::OK, "{path}");
                whole(Viewer::Http(answer.into_body())).await
            }
            Self::SecureWebSocket => {
                let (mut socket, mut collected) =
                    (SecureWebSocket::open(&secure, path).await, BytesMut::new());
                while let Some(data) = socket.next().await {
                    collected.extend_from_slice(&data);
                }
                collected.freeze()
            }
        }
    }
}

async fn whole(mut viewer: Viewer) -> Bytes {
    viewer.collect(|_| false).await
}

/// The body of `path` over HTTP/1.1 and TLS.
async fn https(host: &str, path: &str) -> Incoming {
    let stream = secure::connect(host, "localhost", "http/1.1").await;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.expect("the server speaks HTTP/1.1");
    tokio::spawn(connection);
    let request = Request::get(path).header("host", host).body(Empty::<Bytes>::new()).expect("a request");
    let answer = sender.send_request(request).await.expect("the server answers");
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.into_body()
}

/// A server that delivers every format, over HTTPS too.
async fn server(adjust: impl FnOnce(&mut Vhost)) -> TestServer {
    TestServer::start_https(|config| {
        let mut vhost = Vhost::clone(&config.vhosts[0]);
        let mounts = Format::ALL.map(|format| format!("[vhost]/[app]/[stream]{}", format.extension()));
        vhost.http_remux.mounts = mounts.map(MountTemplate).into();
        adjust(&mut vhost);
        config.vhosts = vec![Arc::new(vhost)];
    })
    .await
}

/// Joins as every viewer that `formats` and the transports make, and collects what each gets.
async fn captures(
    server: &TestServer,
    formats: impl Iterator<Item = Format>,
) -> Vec<(Format, Transport, Bytes)> {
    let mut viewers = JoinSet::new();
    for format in formats {
        for transport in Transport::ALL {
            let hosts = [server.http_host(), server.https_host()];
            let path = format!("/live/clip{}", format.extension());
            viewers.spawn(async move { (format, transport, transport.collect(hosts, &path).await) });
        }
    }
    viewers.join_all().await
}

async fn viewers_get_what_is_published(sample: Sample) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let source = sample.make(directory.path(), 5).await;
    let server = server(|vhost| vhost.publish.grace_timeout = Duration::from_millis(300)).await;
    let _publisher = ffmpeg::publish(&source, &server.publish_url("clip"));
    server.wait_for("clip", "publishing", |status| status["publish"]["active"] == true).await;
    let captures = captures(&server, sample.formats()).await;
    assert_eq!(captures.len(), Transport::ALL.len() * sample.formats().count());
    server.shutdown().await;
    let mut judged: Vec<(Format, Bytes)> = Vec::new();
    for (format, transport, bytes) in captures {
        // Viewers who began at the same place have the same bytes: one verdict is enough for them.
        if judged.contains(&(format, bytes.clone())) {
            continue;
        }
        judged.push((format, bytes.clone()));
        let path = directory.path().join(format!("{transport:?}{}", format.extension()));
        std::fs::write(&path, &bytes).expect("the directory is ours");
        if format == Format::Ts {
            let analysis = Analysis::of(&bytes).expect("a transport stream");
            assert!(analysis.widest_reference_gap() <= 40 && analysis.widest_table_gap() <= 500);
        }
        compare(sample, &source, format, &path).await;
    }
}

/// Compares the tracks of a capture with the published ones.
async fn compare(sample: Sample, source: &Path, format: Format, captured: &Path) {
    let has_times = matches!(format, Format::Flv | Format::Ts);
    let (video, audio) = sample.tracks();
    for track in video.filter(|_| has_times).into_iter().chain(audio) {
        let published = access_units(source, track).await;
        assert_is_end_of(&access_units(captured, track).await, &published, has_times);
    }
}

#[tokio::test]
async fn h264_with_b_frames_and_aac() {
    viewers_get_what_is_published(Sample::AvcAac).await;
}

#[tokio::test]
async fn h264_with_b_frames_and_mp3() {
    viewers_get_what_is_published(Sample::AvcMp3).await;
}

#[tokio::test]
async fn he_aac_in_both_versions() {
    viewers_get_what_is_published(Sample::AvcHeAac).await;
    viewers_get_what_is_published(Sample::AvcHeAacV2).await;
}

#[tokio::test]
async fn aac_in_5_1() {
    viewers_get_what_is_published(Sample::AvcAac51).await;
}

#[tokio::test]
async fn audio_alone() {
    viewers_get_what_is_published(Sample::Aac).await;
    viewers_get_what_is_published(Sample::Mp3).await;
}

#[tokio::test]
async fn video_alone() {
    viewers_get_what_is_published(Sample::Avc).await;
}

/// Publishes 150 s of `clip`, which is 10 s, as fast as the server takes them.
async fn publish_150_seconds(clip: &Path, url: &str) {
    let clip = clip.display().to_string();
    let input = ["-v", "error", "-stream_loop", "14", "-i", &clip];
    process::run("ffmpeg", &[&input[..], &["-c", "copy", "-f", "flv", url]].concat()).await;
}

#[tokio::test]
async fn five_minutes_with_another_codec_from_the_middle_on_have_no_error() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (aac, mp3) =
        (Sample::AvcAac.make(directory.path(), 10).await, Sample::AvcMp3.make(directory.path(), 10).await);
    let server = server(|vhost| {
        vhost.publish.grace_timeout = Duration::from_secs(3);
        // The media come faster than they play: nobody is to skip.
        vhost.play.queue_length = Duration::from_secs(600);
        vhost.play.queue_max_bytes = 1 << 30;
        vhost.http_remux.stream_wait = Duration::from_secs(30);
    })
    .await;
    let url = format!("http://{}/live/clip.ts", server.http_host());
    let viewer = tokio::spawn(async move { Viewer::join(&url).await.collect(|_| false).await });
    publish_150_seconds(&aac, &server.publish_url("clip")).await;
    publish_150_seconds(&mp3, &server.publish_url("clip")).await;
    let captured = viewer.await.expect("the viewer ends with the stream");
    server.shutdown().await;

    let path = directory.path().join("captured.ts");
    std::fs::write(&path, &captured).expect("the directory is ours");
    let analysis = Analysis::of(&captured).expect("a transport stream");
    assert!(analysis.widest_reference_gap() <= 40 && analysis.widest_table_gap() <= 500);
    assert!(analysis.references.iter().all(|reference| !reference.discontinuity));
    let video: Vec<_> = analysis.of_pid(0x100).collect();
    assert!(video.last().expect("video").dts - video[0].dts > 290 * 90_000);
    let mut programs = analysis.programs.clone();
    programs.dedup_by_key(|program| program.version);
    let streams: Vec<_> = programs.iter().map(|program| program.streams.clone()).collect();
    assert_eq!(streams, [[(0x100, 0x1b), (0x101, 0x0f)], [(0x100, 0x1b), (0x102, 0x03)]]);
    let is_error =
        |line: &&str| ["ontinuity", "corrupt", "non monoton", "PES"].iter().any(|word| line.contains(word));
    // That a track which begins in the middle cannot be probed at the start is no error.
    let ffprobe = reader::ffprobe(&path).await;
    assert_eq!(ffprobe.lines().filter(is_error).collect::<Vec<_>>(), [""; 0]);
    // GStreamer makes new pads for the new program.
    assert_eq!(reader::gstreamer(&path, 4).await, "");
    assert_eq!(reader::vlc(&path).await, "");
}
