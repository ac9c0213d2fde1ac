//! Desktop players play the URL that browsers play.

use std::path::PathBuf;

use flvgate_tests::ffmpeg::{self, Clip};
use flvgate_tests::process;
use flvgate_tests::server::TestServer;
use tokio::process::Child;

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
    let recording: PathBuf = live.directory.path().join("vlc.ts");
    let sink = format!("--sout=#std{{access=file,mux=ts,dst={}}}", recording.display());
    let url = live.server.http_url("show");
    let vlc = [
        "cvlc",
        "-I",
        "dummy",
        "--no-one-instance",
        "--run-time=4",
        "--play-and-exit",
        &sink,
        &url,
        "vlc://quit",
    ];
    // VLC refuses to run as root.
    let as_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/tmp"];
    if is_root().await {
        open_to_all(live.directory.path());
        process::run("setpriv", &[&as_nobody[..], &vlc[..]].concat()).await;
    } else {
        process::run(vlc[0], &vlc[1..]).await;
    }
    let recording = recording.display().to_string();
    let counted = process::run(
        "ffprobe",
        &[
            "-v",
            "error",
            "-count_packets",
            "-show_entries",
            "stream=codec_name,nb_read_packets",
            "-of",
            "csv=p=0",
            &recording,
        ],
    )
    .await;
    let report = String::from_utf8_lossy(&counted.stdout).into_owned();
    for codec in ["h264", "aac"] {
        let line = report
            .lines()
            .find(|line| line.starts_with(codec))
            .unwrap_or_else(|| panic!("no {codec}: {report}"));
        let packets: u32 =
            line.split(',').nth(1).and_then(|count| count.parse().ok()).expect("ffprobe counts");
        assert!(packets > 50, "{report}");
    }
}

async fn is_root() -> bool {
    process::run_clean("id", &["-u"]).await.trim() == "0"
}

fn open_to_all(directory: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(directory, open).expect("it is our directory");
}
