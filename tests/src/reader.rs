//! Programs that read transport streams, and say what they do not like about one.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::process;

/// What ffprobe, GStreamer and VLC complain of when they read the file at `path` whole, a transport stream that
/// has `streams` tracks in all; empty when all is well.
///
/// # Panics
/// When one of them is not installed, or does not end.
pub async fn complaints(path: &Path, streams: usize) -> String {
    [ffprobe(path).await, gstreamer(path, streams).await, vlc(path).await].concat()
}

/// What ffprobe complains of; see [`complaints`].
///
/// # Panics
/// When it does not end.
pub async fn ffprobe(path: &Path) -> String {
    let path = path.display().to_string();
    let output = process::run("ffprobe", &["-v", "warning", "-show_packets", "-of", "csv", &path]).await;
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What GStreamer's `tsdemux` complains of; see [`complaints`].
///
/// # Panics
/// When it does not end.
pub async fn gstreamer(path: &Path, streams: usize) -> String {
    let location = format!("location={}", path.display());
    let mut arguments =
        vec!["--gst-debug-no-color", "--gst-debug=1,mpegts*:2,tsdemux:2", "filesrc", &location];
    arguments.extend(["!", "tsdemux", "name=demux"]);
    for _ in 0..streams {
        arguments.extend(["demux.", "!", "queue", "!", "fakesink", "sync=false", "async=false"]);
    }
    let output = process::run("gst-launch-1.0", &arguments).await;
    let mut complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        complaints.push_str("GStreamer failed\n");
    }
    complaints
}

/// What VLC's demuxer warns of, and libdvbpsi, which reads the tables for it; see [`complaints`].
///
/// # Panics
/// When VLC does not read the file.
pub async fn vlc(path: &Path) -> String {
    let path_text = path.display().to_string();
    let vlc = ["cvlc", "-I", "dummy", "--no-one-instance", "--verbose=2", "--no-color", "--demux=ts"];
    let vlc = [&vlc[..], &["--sout=#dummy", "--play-and-exit", &path_text, "vlc://quit"]].concat();
    // VLC refuses to run as root.
    let as_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/tmp"];
    let output = if process::run_clean("id", &["-u"]).await.trim() == "0" {
        let directory = path.parent().expect("a file is in a directory");
        let everybody = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(directory, everybody).expect("the directory is ours");
        process::run("setpriv", &[&as_nobody[..], &vlc].concat()).await
    } else {
        process::run(vlc[0], &vlc[1..]).await
    };
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("ts demux debug"), "VLC has not read the file: {log}");
    let is_complaint = |line: &&str| {
        line.contains("ts demux") && (line.contains("warning:") || line.contains("error:"))
            || line.contains("libdvbpsi")
    };
    log.lines().filter(is_complaint).map(|line| format!("{line}\n")).collect()
}
