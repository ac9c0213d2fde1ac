//! The clip that is published, over and over, as one stream.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use flvgate_media::flv::{Demuxer, Event, TAG_HEADER_LEN, TagKind, TagType, VideoPacket};

/// What a picture that moves all over, with a tone, is made of; the rate is held, so that frames are about alike.
const INPUTS: [&str; 8] = [
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=1280x720:rate=25,noise=alls=12:allf=t",
    "-f",
    "lavfi",
    "-i",
    "sine=frequency=440:sample_rate=44100",
];
const VIDEO: &str = "-c:v libx264 -preset veryfast -tune zerolatency -pix_fmt yuv420p -g 50 -keyint_min 50 \
                     -sc_threshold 0 -b:v 2050k -minrate 2050k -maxrate 2050k -bufsize 1025k -nal-hrd cbr";
const AUDIO: &str = "-c:a aac -b:a 96k -ac 2";
const SECONDS: &str = "20";

/// Why there is no clip.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClipError {
    #[error("the clip {0} cannot be read or written: {1}")]
    File(String, io::Error),
    #[error("ffmpeg cannot be run: {0}")]
    NoFfmpeg(io::Error),
    #[error("ffmpeg failed: {0}")]
    Ffmpeg(String),
    #[error("the clip is not FLV: {0}")]
    NotFlv(#[from] flvgate_media::Error),
    #[error("the clip has no video in it")]
    NoVideo,
}

/// One tag, at `timestamp` ms from the clip's start.
#[derive(Clone, Debug)]
pub(crate) struct ClipTag {
    pub(crate) tag_type: TagType,
    pub(crate) timestamp: u32,
    pub(crate) payload: Bytes,
}

/// A clip in memory.
#[derive(Debug)]
pub(crate) struct Clip {
    /// Metadata and sequence headers, sent once.
    pub(crate) headers: Vec<ClipTag>,
    /// The frames, in the order of their timestamps.
    pub(crate) frames: Vec<ClipTag>,
    /// After how many milliseconds it starts again.
    pub(crate) period: u32,
}

impl Clip {
    /// Reads the clip at `path`, which is made by ffmpeg if it is not there.
    ///
    /// # Errors
    /// When there is no ffmpeg, or the file is none.
    pub(crate) fn make_or_read(path: &Path) -> Result<Self, ClipError> {
        if !path.exists() {
            make(path)?;
        }
        let bytes = fs::read(path).map_err(|error| ClipError::File(path.display().to_string(), error))?;
        Self::parse(&bytes)
    }

    /// Reads FLV.
    ///
    /// # Errors
    /// When it is none, or has no video.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ClipError> {
        let (mut headers, mut frames) = (Vec::new(), Vec::new());
        Demuxer::new().push(bytes, |event| {
            let Event::Tag(tag) = event else { return };
            let Ok(kind) = TagKind::parse(tag.tag_type, tag.body) else { return };
            // There is no end: it starts again.
            if matches!(kind, TagKind::Video(header) if header.packet == VideoPacket::SequenceEnd) {
                return;
            }
            let payload = Bytes::copy_from_slice(tag.body);
            let is_header = tag.tag_type == TagType::Script || kind.is_sequence_header();
            let list = if is_header { &mut headers } else { &mut frames };
            list.push(ClipTag { tag_type: tag.tag_type, timestamp: tag.timestamp, payload });
        })?;
        frames.sort_by_key(|tag| tag.timestamp);
        let videos: Vec<u32> = frames.iter().filter(|tag| tag.is_video()).map(|tag| tag.timestamp).collect();
        let [first, .., before, last] = videos[..] else { return Err(ClipError::NoVideo) };
        let period = last + (last - before) - first;
        // Audio that goes on after the last picture would overlap the next round.
        let start = frames[0].timestamp;
        frames.retain(|tag| tag.timestamp - start < period);
        Ok(Self { headers, frames, period })
    }

    /// How many bytes of FLV each video frame comes to, with the audio since the frame before it.
    pub(crate) fn writes(&self) -> Vec<usize> {
        let mut writes = Vec::new();
        let mut gathered = 0;
        for tag in &self.frames {
            gathered += tag.payload.len() + TAG_HEADER_LEN + 4;
            if tag.is_video() {
                writes.push(gathered);
                gathered = 0;
            }
        }
        writes
    }
}

impl ClipTag {
    pub(crate) fn is_video(&self) -> bool {
        self.tag_type == TagType::Video
    }
}

fn make(path: &Path) -> Result<(), ClipError> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)
            .map_err(|error| ClipError::File(directory.display().to_string(), error))?;
    }
    // A clip that is cut short by Ctrl-C must not be found the next time.
    let part = path.with_extension("part");
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-y"]).args(INPUTS);
    command.args(VIDEO.split_whitespace()).args(AUDIO.split_whitespace());
    command.args(["-t", SECONDS, "-f", "flv"]).arg(&part);
    let output = command.output().map_err(ClipError::NoFfmpeg)?;
    if !output.status.success() {
        return Err(ClipError::Ffmpeg(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    fs::rename(&part, path).map_err(|error| ClipError::File(path.display().to_string(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_headers_once_and_frames_that_repeat() {
        let clip = Clip::parse(include_bytes!("../../media/demo.flv")).unwrap();
        assert_eq!(clip.headers.len(), 3);
        assert_eq!(clip.period, 24_000);
        assert_eq!(clip.frames.iter().filter(|tag| tag.is_video()).count(), 600);
        assert!(clip.frames.windows(2).all(|pair| pair[0].timestamp <= pair[1].timestamp));
        assert_eq!(clip.writes().len(), 600);
        assert!(clip.writes().iter().all(|len| *len > TAG_HEADER_LEN));
    }

    #[test]
    fn what_has_no_video_is_no_clip() {
        assert!(matches!(Clip::parse(b"FLV\x01\x05\0\0\0\x09\0\0\0\0"), Err(ClipError::NoVideo)));
        assert!(matches!(Clip::parse(b"RIFF....WAVE"), Err(ClipError::NotFlv(_))));
    }
}
