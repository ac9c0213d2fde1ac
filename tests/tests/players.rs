//! Desktop players play the URL that browsers play.

use std::path::{Path, PathBuf};
use std::time::Duration;

use flvgate_tests::ffmpeg::{self, Audio, Clip};
use flvgate_tests::process;
use flvgate_tests::server::TestServer;
use serde_json::Value;
use tokio::process::Child;

/// Of the clips.
const FRAME_RATE: f64 = 25.0;

/// After so many frames ffplay and VLC are done with looking for tracks, for which libavformat takes five seconds.
const LOOKS_FOR: u64 = 200;

/// A server with a live stream, for as long as it is held.
struct Live {
    server: TestServer,
    directory: tempfile::TempDir,
    _publisher: Child,
}

impl Live {
    async fn start() -> Self {
        let directory = tempfile::tempdir().expect("there is room for a clip");
        let clip = Clip { seconds: 20, ..Clip::default() }.make(directory.path()).await;
        let server = TestServer::start(|_| {});
        let publisher = ffmpeg::publish(&clip, &server.publish_url("show"));
        server.wait_until_live("show").await;
        Self { server, directory, _publisher: publisher }
    }
}

#[tokio::test]
async fn ffplay_decodes_and_shows_the_stream() {
    let live = Live::start().await;
    let url = live.server.http_url("show");
    let output = process::run(
        "env",
        &[
            "SDL_VIDEODRIVER=dummy",
            "SDL_AUDIODRIVER=dummy",
            "ffplay",
            "-autoexit",
            "-t",
            "3",
            "-loglevel",
            "info",
            &url,
        ],
    )
    .await;
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    assert!(report.contains("Video: h264") && report.contains("Audio: aac"), "{report}");
    assert!(!report.contains("rror"), "{report}");
}

#[tokio::test]
async fn vlc_plays_the_stream() {
    let live = Live::start().await;
    let recording = live.directory.path().join("vlc.ts");
    record_with_vlc(&live.server.http_url("show"), &recording, 4).await;
    for codec in ["h264", "aac"] {
        let packets = packets(&recording, codec).await;
        assert!(packets > 50, "{packets} of {codec}");
    }
}

#[tokio::test]
async fn ffplay_plays_on_when_the_next_publisher_brings_sound() {
    let late = LateSound::start().await;
    let url = late.server.http_url("show");
    let dummies = ["SDL_VIDEODRIVER=dummy", "SDL_AUDIODRIVER=dummy"];
    let arguments = [&dummies[..], &["ffplay", "-autoexit", "-stats", "-loglevel", "info", &url]].concat();
    let (output, silent_frames) = tokio::join!(process::run("env", &arguments), late.bring_sound());
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    // The status line: how far it is, in seconds, and what plays, which is video alone.
    let mut positions =
        report.split(['\r', '\n']).filter_map(|line| line.split_once("M-V:")?.0.trim().parse().ok());
    let last = positions.next_back().unwrap_or(0.0);
    let silent = f64::from(silent_frames) / FRAME_RATE;
    assert!(last > silent + 3.0, "it is at {last}, and sound came at {silent}: {report}");
}

#[tokio::test]
async fn vlc_plays_on_when_the_next_publisher_brings_sound() {
    let late = LateSound::start().await;
    let (url, recording) = (late.server.http_url("show"), late.directory.path().join("vlc.ts"));
    let ((), silent_frames) = tokio::join!(record_with_vlc(&url, &recording, 60), late.bring_sound());
    let played = packets(&recording, "h264").await;
    assert!(played > silent_frames + 75, "{played} frames, and sound came after {silent_frames}");
}

/// A server with a live stream that has no sound; the next publisher's will.
struct LateSound {
    server: TestServer,
    directory: tempfile::TempDir,
    sounding: PathBuf,
    silent: Child,
}

impl LateSound {
    async fn start() -> Self {
        let directory = tempfile::tempdir().expect("there is room for clips");
        let clip = |seconds, audio| Clip { seconds, audio, ..Clip::default() };
        let silent = clip(60, Audio::None).make(directory.path()).await;
        let sounding = clip(6, Audio::Aac).make(directory.path()).await;
        let server = TestServer::start(|vhost| vhost.publish.grace_timeout = Duration::from_secs(5));
        let silent = ffmpeg::publish(&silent, &server.publish_url("show"));
        server.wait_until_live("show").await;
        Self { server, directory, sounding, silent }
    }

    /// Waits until somebody has watched for so long that it looks for no more tracks, and has another publisher bring
    /// sound, to its end. How many frames there were before.
    async fn bring_sound(&self) -> u32 {
        let number = |status: &Value, name: &str| status[name].as_u64().unwrap_or_default();
        let watched = |status: &Value| number(status, "send_bytes") > 0;
        let frames = number(&self.server.wait_for("show", "a viewer", watched).await, "frames");
        self.server
            .wait_for("show", "what it watches", |status| number(status, "frames") > frames + LOOKS_FOR)
            .await;
        signal_end(&self.silent).await;
        let is_over = |status: &Value| status["publish"]["active"] == false;
        let frames = number(&self.server.wait_for("show", "the end", is_over).await, "frames");
        let mut sounding = ffmpeg::publish(&self.sounding, &self.server.publish_url("show"));
        sounding.wait().await.expect("it comes to its end");
        u32::try_from(frames).expect("it is a short time")
    }
}

async fn signal_end(process: &Child) {
    let id = process.id().expect("it runs").to_string();
    process::run_clean("kill", &["-KILL", &id]).await;
}

/// Has VLC record what `url` brings into a transport stream, for so many seconds or to its end.
async fn record_with_vlc(url: &str, recording: &Path, seconds: u32) {
    let sink = format!("--sout=#std{{access=file,mux=ts,dst={}}}", recording.display());
    let run_time = format!("--run-time={seconds}");
    let vlc =
        ["cvlc", "-I", "dummy", "--no-one-instance", &run_time, "--play-and-exit", &sink, url, "vlc://quit"];
    // VLC refuses to run as root.
    let as_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/tmp"];
    if is_root().await {
        open_to_all(recording.parent().expect("it is in a directory"));
        process::run("setpriv", &[&as_nobody[..], &vlc[..]].concat()).await;
    } else {
        process::run(vlc[0], &vlc[1..]).await;
    }
}

/// How many packets of `codec` a recording has.
async fn packets(recording: &Path, codec: &str) -> u32 {
    let recording = recording.display().to_string();
    let entries = ["-show_entries", "stream=codec_name,nb_read_packets", "-of", "csv=p=0"];
    let arguments = [&["-v", "error", "-count_packets"], &entries[..], &[&recording]].concat();
    let counted = process::run("ffprobe", &arguments).await;
    let report = String::from_utf8_lossy(&counted.stdout).into_owned();
    let line = report.lines().find(|line| line.starts_with(codec));
    let line = line.unwrap_or_else(|| panic!("no {codec}: {report}"));
    line.split(',').nth(1).and_then(|count| count.parse().ok()).expect("ffprobe counts")
}

async fn is_root() -> bool {
    process::run_clean("id", &["-u"]).await.trim() == "0"
}

fn open_to_all(directory: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(directory, open).expect("it is our directory");
}
