//! Real encoders publish, and what they send arrives whole.

use flvgate_media::flv::TagType;
use flvgate_tests::capture::Capture;
use flvgate_tests::process;
use flvgate_tests::server::TestServer;
use flvgate_tests::viewer::Viewer;

/// Frames that an encoder must have delivered, of each kind, before a test calls it working.
const ENOUGH: usize = 50;

/// Watches `stream` until enough audio and video has come in a right order.
async fn expect_audio_and_video(server: &TestServer, stream: &str) {
    server.wait_until_live(stream).await;
    let mut viewer = Viewer::join(&server.http_url(stream)).await;
    let enough = |bytes: &[u8]| {
        let capture = Capture::of(bytes);
        [TagType::Audio, TagType::Video].iter().all(|&kind| capture.frames(kind).count() >= ENOUGH)
    };
    let capture = Capture::of(&viewer.collect(enough).await);
    let header = capture.header.expect("the header comes first");
    assert!(header.has_audio && header.has_video);
    for tag_type in [TagType::Audio, TagType::Video] {
        let times: Vec<_> = capture.frames(tag_type).map(|tag| tag.timestamp).collect();
        assert!(times.len() >= ENOUGH && times.is_sorted(), "{tag_type:?}: {times:?}");
    }
    assert!(capture.frames(TagType::Video).next().is_some_and(|first| first.kind.is_keyframe()));
}

/// GStreamer's pipeline, up to the sink.
fn gstreamer(sink: &str) -> Vec<String> {
    let pipeline = format!(
        "-q videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 \
         ! x264enc tune=zerolatency key-int-max=25 speed-preset=ultrafast ! flvmux name=mux streamable=true ! {sink} \
         audiotestsrc is-live=true ! audio/x-raw,rate=44100,channels=2 ! avenc_aac ! mux."
    );
    pipeline.split_whitespace().map(str::to_owned).collect()
}

async fn gstreamer_publishes(sink: impl Fn(&str) -> String) {
    let server = TestServer::start(|_| {});
    let arguments = gstreamer(&sink(&server.publish_url("gst")));
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let _publisher = process::start("gst-launch-1.0", &arguments);
    expect_audio_and_video(&server, "gst").await;
    server.shutdown().await;
}

#[tokio::test]
async fn gstreamer_rtmp2sink_publishes() {
    gstreamer_publishes(|url| format!("rtmp2sink location={url}")).await;
}

#[tokio::test]
async fn gstreamer_rtmpsink_publishes() {
    gstreamer_publishes(|url| format!("rtmpsink location={url}")).await;
}

#[tokio::test]
async fn ffmpeg_publishes_a_live_encode() {
    let server = TestServer::start(|_| {});
    let url = server.publish_url("encode?token=a=b,c");
    let _publisher = process::start(
        "ffmpeg",
        &[
            "-v",
            "error",
            "-re",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=320x180:rate=25",
            "-re",
            "-f",
            "lavfi",
            "-i",
            "sine=sample_rate=48000",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-g",
            "25",
            "-c:a",
            "aac",
            "-f",
            "flv",
            &url,
        ],
    );
    expect_audio_and_video(&server, "encode").await;
    server.shutdown().await;
}
