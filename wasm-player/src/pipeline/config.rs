//! What a sequence header, or the first frame of MP3, says about a track.

use alloc::string::String;
use alloc::vec::Vec;

use flvgate_media::codec::aac::{self, AacConfig};
use flvgate_media::codec::avc::AvcConfig;
use flvgate_media::codec::mp3::{self, FrameHeader};
use flvgate_media::fmp4::{InitSegment, SampleEntry, VIDEO_TIMESCALE, write_init_segment};
use flvgate_media::{Error, Result};

/// `track_ID` of the video and of the audio initialization segment.
pub(super) const VIDEO_TRACK_ID: u32 = 1;
pub(super) const AUDIO_TRACK_ID: u32 = 2;

/// Sampling rates, in Hz, that a decoder may take; AAC can state any up to 16 MHz.
const PLAYABLE_RATES: core::ops::RangeInclusive<u32> = 4_000..=192_000;

/// A video track's decoder configuration.
#[derive(Debug)]
pub(super) struct VideoConfig {
    /// The sequence header's body, passed on as it came.
    record: Vec<u8>,
    pub(super) avc: AvcConfig,
}

impl VideoConfig {
    pub(super) fn avc(record: &[u8]) -> Result<Self> {
        Ok(Self { record: record.to_vec(), avc: AvcConfig::parse(record)? })
    }

    pub(super) fn codec_string(&self) -> String {
        self.avc.codec_string()
    }

    pub(super) fn mime(&self) -> String {
        mp4_mime("video", &self.codec_string())
    }

    /// A frame's duration in ticks, where the stream states a plausible one.
    pub(super) fn frame_duration(&self) -> Option<i64> {
        let (frames, seconds) = self.avc.sps.frame_rate?;
        let ticks = i64::from(VIDEO_TIMESCALE) * i64::from(seconds) / i64::from(frames);
        // 240 to 4 frames per second: what lies outside is rather a wrong unit than a frame rate.
        Some(ticks).filter(|ticks| (375..=22_500).contains(ticks))
    }

    pub(super) fn write_init_segment(&self, out: &mut Vec<u8>) {
        let sps = &self.avc.sps;
        let sample_entry = SampleEntry::Avc {
            record: &self.record,
            width: sps.width,
            height: sps.height,
            sample_aspect_ratio: sps.sample_aspect_ratio,
        };
        write_init_segment(
            &InitSegment { track_id: VIDEO_TRACK_ID, timescale: VIDEO_TIMESCALE, sample_entry },
            out,
        );
    }
}

/// An audio track's decoder configuration.
#[derive(Debug)]
pub(super) struct AudioConfig {
    codec: Codec,
    /// A frame of silence, where one can be made.
    pub(super) silence: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Codec {
    Aac { config: Vec<u8>, facts: AacConfig },
    Mp3(FrameHeader),
}

impl AudioConfig {
    pub(super) fn aac(config: &[u8]) -> Result<Self> {
        let facts = AacConfig::parse(config)?;
        if !PLAYABLE_RATES.contains(&facts.sample_rate) {
            let got = facts.sample_rate.into();
            return Err(Error::Unsupported { what: "AAC sampling frequency in Hz", got });
        }
        let silence = aac::silent_frame(&facts);
        Ok(Self { codec: Codec::Aac { config: config.to_vec(), facts }, silence })
    }

    /// From a whole frame, of which the header is what counts.
    pub(super) fn mp3(frame: &[u8]) -> Result<Self> {
        let header = FrameHeader::parse(frame)?;
        if header.layer == 1 {
            return Err(Error::Unsupported { what: "MPEG audio layer", got: 1 });
        }
        Ok(Self { codec: Codec::Mp3(header), silence: mp3::silent_frame(frame) })
    }

    /// Whether it goes out as fragments; MP3 goes out as raw frames.
    pub(super) const fn is_mp4(&self) -> bool {
        matches!(self.codec, Codec::Aac { .. })
    }

    /// Ticks per second: the sampling rate, so that every frame's duration is a whole number.
    pub(super) const fn timescale(&self) -> u32 {
        match &self.codec {
            Codec::Aac { facts, .. } => facts.sample_rate,
            Codec::Mp3(header) => header.sample_rate,
        }
    }

    pub(super) const fn samples_per_frame(&self) -> u32 {
        match &self.codec {
            Codec::Aac { facts, .. } => facts.samples_per_frame,
            Codec::Mp3(header) => header.samples_per_frame,
        }
    }

    /// The rate at which it sounds, in Hz.
    pub(super) const fn output_sample_rate(&self) -> u32 {
        match &self.codec {
            Codec::Aac { facts, .. } => facts.output_sample_rate,
            Codec::Mp3(header) => header.sample_rate,
        }
    }

    pub(super) const fn channels(&self) -> u8 {
        match &self.codec {
            Codec::Aac { facts, .. } => facts.channels,
            Codec::Mp3(header) => header.channels,
        }
    }

    pub(super) fn codec_string(&self) -> String {
        match &self.codec {
            Codec::Aac { facts, .. } => facts.codec_string(),
            Codec::Mp3(_) => String::from("mp3"),
        }
    }

    pub(super) fn mime(&self) -> String {
        match &self.codec {
            Codec::Aac { facts, .. } => mp4_mime("audio", &facts.codec_string()),
            Codec::Mp3(_) => String::from("audio/mpeg"),
        }
    }

    /// Appends nothing for MP3, which has none.
    pub(super) fn write_init_segment(&self, out: &mut Vec<u8>) {
        if let Codec::Aac { config, facts } = &self.codec {
            let sample_entry =
                SampleEntry::Aac { config, sample_rate: facts.sample_rate, channels: facts.channels };
            write_init_segment(
                &InitSegment { track_id: AUDIO_TRACK_ID, timescale: facts.sample_rate, sample_entry },
                out,
            );
        }
    }
}

fn mp4_mime(kind: &str, codec: &str) -> String {
    [kind, "/mp4; codecs=\"", codec, "\""].concat()
}
