//! ffmpeg as the encoder, and as the oracle.

use std::path::{Path, PathBuf};

use tokio::process::Child;

use crate::process;

/// What a test clip has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audio {
    /// AAC-LC, 44.1 kHz, stereo.
    Aac,
    /// MP3, 44.1 kHz, stereo.
    Mp3,
    /// Nothing.
    None,
}

/// A clip to make.
#[derive(Clone, Copy, Debug)]
pub struct Clip {
    /// Seconds.
    pub seconds: u32,
    /// Frames from keyframe to keyframe, at 25 a second.
    pub gop: u32,
    /// B-frames in a row.
    pub b_frames: u32,
    /// The audio track.
    pub audio: Audio,
}

impl Default for Clip {
    fn default() -> Self {
        Self { seconds: 6, gop: 25, b_frames: 2, audio: Audio::Aac }
    }
}

impl Clip {
    /// Encodes the clip into `directory`.
    ///
    /// # Panics
    /// When ffmpeg is not installed, or fails.
    pub async fn make(self, directory: &Path) -> PathBuf {
        let path = directory.join(format!("{:?}-{}b-{}s.flv", self.audio, self.b_frames, self.seconds));
        let (seconds, gop, b_frames) =
            (self.seconds.to_string(), self.gop.to_string(), self.b_frames.to_string());
        let mut arguments = vec!["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"];
        if self.audio != Audio::None {
            arguments.extend(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100", "-ac", "2"]);
        }
        arguments.extend(["-t", &seconds, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]);
        arguments.extend(["-g", &gop, "-sc_threshold", "0", "-bf", &b_frames]);
        arguments.extend(match self.audio {
            Audio::Aac => &["-c:a", "aac"][..],
            Audio::Mp3 => &["-c:a", "libmp3lame"],
            Audio::None => &["-an"],
        });
        let path_text = path.display().to_string();
        arguments.push(&path_text);
        process::run_clean("ffmpeg", &arguments).await;
        path
    }
}

/// Publishes `input` in real time, as it is; the process ends with the handle.
#[must_use]
pub fn publish(input: &Path, url: &str) -> Child {
    let input = input.display().to_string();
    process::start("ffmpeg", &["-v", "error", "-re", "-i", &input, "-c", "copy", "-f", "flv", url])
}

/// One packet, without its bytes: which track, when, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Video before audio, whichever came first.
    pub stream: u32,
    /// Decoding time in milliseconds.
    pub dts: i64,
    /// Presentation time in milliseconds.
    pub pts: i64,
    /// The packet's size and MD5.
    pub content: String,
}

/// Every packet of an FLV file, as ffmpeg's `framemd5` muxer reports them.
///
/// # Panics
/// When ffmpeg complains about the file.
pub async fn packets(path: &Path) -> Vec<Packet> {
    let path = path.display().to_string();
    let arguments = [
        "-v", "error", "-i", &path, "-map", "0:v?", "-map", "0:a?", "-c", "copy", "-copyts", "-f",
        "framemd5", "-",
    ];
    let report = process::run_clean("ffmpeg", &arguments).await;
    report.lines().filter(|line| !line.starts_with('#')).map(parse_packet).collect()
}

fn parse_packet(line: &str) -> Packet {
    let fields: Vec<_> = line.split(',').map(str::trim).collect();
    let number =
        |index: usize| fields[index].parse().unwrap_or_else(|_| panic!("not a framemd5 line: {line}"));
    Packet {
        stream: u32::try_from(number(0)).expect("stream numbers are small"),
        dts: number(1),
        pts: number(2),
        content: format!("{} {}", fields[4], fields[5]),
    }
}

/// Decodes `path` whole, and says what ffmpeg complains of; empty when all is well.
pub async fn decode_complaints(path: &Path) -> String {
    let path = path.display().to_string();
    let output = process::run("ffmpeg", &["-v", "warning", "-i", &path, "-f", "null", "-"]).await;
    String::from_utf8_lossy(&output.stderr).into_owned()
}
