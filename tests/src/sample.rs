//! Streams of every kind that the formats carry, as FLV files from real encoders.

use std::path::{Path, PathBuf};

use flvgate_media::flv::{Demuxer, Event, Tag, TagType, file_header, write_tag};
use flvgate_media::format::{Format, Muxer};

use crate::process;
use crate::track::Track;

/// A stream to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// H.264 with B-frames, and AAC-LC in stereo.
    AvcAac,
    /// H.264 with B-frames, and MP3.
    AvcMp3,
    /// H.264, and HE-AAC (SBR) from a recording, since ffmpeg and Debian have no encoder for it.
    AvcHeAac,
    /// H.264, and HE-AAC v2 (SBR and parametric stereo) from a recording.
    AvcHeAacV2,
    /// H.264, and AAC in 5.1.
    AvcAac51,
    /// AAC alone.
    Aac,
    /// MP3 alone.
    Mp3,
    /// H.264 alone.
    Avc,
    /// HEVC with B-frames under the de-facto codec id 12, and AAC.
    HevcLegacy,
    /// The same as an Enhanced RTMP stream.
    HevcEnhanced,
}

/// A recording of HE-AAC as ADTS, and the `AudioSpecificConfig` that signals it explicitly (ISO/IEC 14496-3 section
/// 1.6.2.1), which ADTS cannot.
struct Recording {
    path: &'static str,
    config: [u8; 4],
}

/// SBR to 44.1 kHz over AAC-LC at 22.05 kHz in stereo.
const HE_AAC: Recording = Recording {
    path: concat!(env!("CARGO_MANIFEST_DIR"), "/media/he-aac.adts"),
    config: [0x2b, 0x92, 0x08, 0x00],
};

/// The same with parametric stereo over one channel.
const HE_AAC_V2: Recording = Recording {
    path: concat!(env!("CARGO_MANIFEST_DIR"), "/media/he-aac-v2.adts"),
    config: [0xeb, 0x8a, 0x08, 0x00],
};

impl Sample {
    /// The video and the audio track.
    #[must_use]
    pub const fn tracks(self) -> (Option<Track>, Option<Track>) {
        match self {
            Self::AvcAac | Self::AvcHeAac | Self::AvcHeAacV2 | Self::AvcAac51 => {
                (Some(Track::Avc), Some(Track::Aac))
            }
            Self::AvcMp3 => (Some(Track::Avc), Some(Track::Mp3)),
            Self::Aac => (None, Some(Track::Aac)),
            Self::Mp3 => (None, Some(Track::Mp3)),
            Self::Avc => (Some(Track::Avc), None),
            Self::HevcLegacy | Self::HevcEnhanced => (Some(Track::Hevc), Some(Track::Aac)),
        }
    }

    /// The formats that carry it.
    pub fn formats(self) -> impl Iterator<Item = Format> {
        let audio = self.tracks().1;
        Format::ALL.into_iter().filter(move |format| match format {
            Format::Flv | Format::Ts => true,
            Format::Mp3 => audio == Some(Track::Mp3),
            Format::Aac => audio == Some(Track::Aac),
        })
    }

    /// Encodes `seconds` of it into `directory`.
    ///
    /// HEVC comes as an MP4 file, [`Self::tags`] makes FLV of it: ffmpeg 5 does not write HEVC into FLV.
    ///
    /// # Panics
    /// When ffmpeg is not installed, or fails.
    pub async fn make(self, directory: &Path, seconds: u32) -> PathBuf {
        let (video, audio) = self.tracks();
        let extension = if video == Some(Track::Hevc) { "mp4" } else { "flv" };
        let path = directory.join(format!("{self:?}-{seconds}.{extension}"));
        let (path_text, seconds) = (path.display().to_string(), seconds.to_string());
        let mut arguments = vec!["-v", "error", "-y"];
        if video.is_some() {
            arguments.extend(["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"]);
        }
        let recording = self.recording();
        if let Some(recording) = &recording {
            arguments.extend(["-i", recording.path]);
        } else if audio.is_some() {
            let channels = if self == Self::AvcAac51 { "6" } else { "2" };
            arguments.extend(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100", "-ac", channels]);
        }
        arguments.extend(["-t", &seconds]);
        match video {
            Some(Track::Hevc) => arguments.extend([
                "-c:v",
                "libx265",
                "-preset",
                "ultrafast",
                "-pix_fmt",
                "yuv420p",
                "-tag:v",
                "hvc1",
                "-x265-params",
                "log-level=none:keyint=25:min-keyint=25:scenecut=0:bframes=2:open-gop=0",
            ]),
            _ => arguments.extend([
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-pix_fmt",
                "yuv420p",
                "-g",
                "25",
                "-sc_threshold",
                "0",
                "-bf",
                "2",
            ]),
        }
        let encoder = match (audio, &recording) {
            (Some(Track::Mp3), _) => "libmp3lame",
            (_, Some(_)) => "copy",
            (_, None) => "aac",
        };
        arguments.extend(["-c:a", encoder, &path_text]);
        process::run_clean("ffmpeg", &arguments).await;
        if let Some(recording) = recording {
            let flv = std::fs::read(&path).expect("ffmpeg wrote it");
            std::fs::write(&path, signalled(&flv, recording.config)).expect("the directory is ours");
        }
        path
    }

    const fn recording(self) -> Option<Recording> {
        match self {
            Self::AvcHeAac => Some(HE_AAC),
            Self::AvcHeAacV2 => Some(HE_AAC_V2),
            _ => None,
        }
    }

    /// The tags of what [`Self::make`] has made.
    ///
    /// # Panics
    /// When the file is not as it was made.
    pub async fn tags(self, path: &Path) -> Vec<Tag> {
        match self {
            Self::HevcLegacy | Self::HevcEnhanced => hevc::tags(path, self == Self::HevcEnhanced).await,
            _ => tags(&std::fs::read(path).expect("it was made")),
        }
    }
}

/// The tags of an FLV file.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn tags(flv: &[u8]) -> Vec<Tag> {
    let mut tags = Vec::new();
    Demuxer::new()
        .push(flv, |event| {
            if let Event::Tag(tag) = event {
                let body = bytes::Bytes::copy_from_slice(tag.body);
                tags.push(Tag::parse(tag.tag_type, tag.timestamp.into(), body).expect("a legal tag"));
            }
        })
        .expect("it is FLV");
    tags
}

/// All of `tags` in another format.
#[must_use]
pub fn mux(tags: &[Tag], format: Format) -> Vec<u8> {
    let (mut muxer, mut muxed) = (Muxer::new(format), Vec::new());
    tags.iter().for_each(|tag| muxer.push(tag, &mut muxed));
    muxer.flush(&mut muxed);
    muxed.iter().flat_map(|muxed| muxed.bytes.to_vec()).collect()
}

/// The same file with another `AudioSpecificConfig`.
fn signalled(flv: &[u8], config: [u8; 4]) -> Vec<u8> {
    let mut out = file_header(true, true).to_vec();
    for mut tag in tags(flv) {
        if tag.tag_type() == TagType::Audio && tag.is_sequence_header() {
            tag.payload = [&[0xaf, 0][..], &config].concat().into();
        }
        write_tag(&mut out, &tag);
    }
    out
}

mod hevc;
