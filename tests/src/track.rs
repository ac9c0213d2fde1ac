//! The access units of a file's track, rid of what its container puts around them: comparable between containers.

use std::path::Path;

use crate::process;

/// One access unit, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessUnit {
    /// Decoding time in microseconds.
    pub dts: i64,
    /// Presentation time in microseconds.
    pub pts: i64,
    /// Size and MD5.
    pub content: String,
}

/// What is compared of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// H.264: without delimiters and parameter sets, which some containers have elsewhere.
    Avc,
    /// H.265, likewise; and without SEI messages, which MP4 has with the parameter sets.
    Hevc,
    /// AAC, without ADTS headers.
    Aac,
    /// MP3 frames as they are.
    Mp3,
}

/// The access units of `track` in the file at `path`, whose extension says what has been put around them.
///
/// # Panics
/// When ffmpeg complains about the file.
pub async fn access_units(path: &Path, track: Track) -> Vec<AccessUnit> {
    let is_flv_or_mp4 = path.extension().is_some_and(|extension| extension == "flv" || extension == "mp4");
    let filter = match (track, is_flv_or_mp4) {
        (Track::Avc, true) => "h264_mp4toannexb,filter_units=remove_types=7-9",
        (Track::Avc, false) => "filter_units=remove_types=7-9",
        (Track::Hevc, true) => "hevc_mp4toannexb,filter_units=remove_types=32-35|39",
        (Track::Hevc, false) => "filter_units=remove_types=32-35|39",
        (Track::Aac, false) => "aac_adtstoasc",
        (Track::Aac, true) | (Track::Mp3, _) => "null",
    };
    let map = if matches!(track, Track::Avc | Track::Hevc) { "0:v:0" } else { "0:a:0" };
    let path = path.display().to_string();
    let mut arguments = vec!["-v", "error", "-i", &path, "-map", map, "-c", "copy", "-bsf", filter];
    arguments.extend(["-copyts", "-f", "framemd5", "-"]);
    let report = process::run_clean("ffmpeg", &arguments).await;
    let (mut ticks, mut units) = (1, Vec::new());
    for line in report.lines() {
        if let Some(base) = line.strip_prefix("#tb 0: 1/") {
            ticks = base.trim().parse().expect("a time base");
        } else if !line.starts_with('#') {
            units.push(unit(line, ticks));
        }
    }
    units
}

/// The MD5 of every decoded frame of the video or audio (`v` or `a`) in the file at `path`.
///
/// # Panics
/// When ffmpeg complains about the file.
pub async fn decoded(path: &Path, kind: char) -> Vec<String> {
    let (path, map) = (path.display().to_string(), format!("0:{kind}:0"));
    let mut arguments = vec!["-v", "error", "-xerror", "-i", &path, "-map", &map];
    arguments.extend(["-fps_mode", "passthrough", "-f", "framemd5", "-"]);
    let report = process::run_clean("ffmpeg", &arguments).await;
    let frames = report.lines().filter(|line| !line.starts_with('#'));
    frames.filter_map(|line| line.rsplit(',').next()).map(|md5| md5.trim().to_owned()).collect()
}

/// Checks that `captured` is the end of `published`, at least half of it, frame for frame; with `timed`, at the same
/// distances from each other.
///
/// # Panics
/// When it is not.
pub fn assert_is_end_of(captured: &[AccessUnit], published: &[AccessUnit], timed: bool) {
    assert!(captured.len() >= published.len() / 2, "{} of {}", captured.len(), published.len());
    assert!(captured.len() <= published.len(), "{} of {}", captured.len(), published.len());
    let end = &published[published.len() - captured.len()..];
    let shift = (captured[0].dts - end[0].dts, captured[0].pts - end[0].pts);
    for (index, (captured, published)) in captured.iter().zip(end).enumerate() {
        assert_eq!(captured.content, published.content, "access unit {index}");
        if timed {
            assert_eq!(
                (captured.dts - published.dts, captured.pts - published.pts),
                shift,
                "access unit {index}"
            );
            assert_eq!(shift.0, shift.1, "access unit {index}");
        }
    }
}

fn unit(line: &str, ticks: i64) -> AccessUnit {
    let fields: Vec<_> = line.split(',').map(str::trim).collect();
    let time = |index: usize| {
        let time: i64 = fields[index].parse().unwrap_or_else(|_| panic!("not a framemd5 line: {line}"));
        time * 1_000_000 / ticks
    };
    AccessUnit { dts: time(1), pts: time(2), content: format!("{} {}", fields[4], fields[5]) }
}
