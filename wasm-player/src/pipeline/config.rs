//! What a sequence header, or a first frame, says about a track.

use alloc::string::String;
use alloc::vec::Vec;

use flvgate_media::codec::aac::{self, AacConfig};
use flvgate_media::codec::ac3;
use flvgate_media::codec::av1::Av1Config;
use flvgate_media::codec::avc::AvcConfig;
use flvgate_media::codec::flac::{self, FlacConfig};
use flvgate_media::codec::hevc::HevcConfig;
use flvgate_media::codec::mp3::{self, FrameHeader};
use flvgate_media::codec::opus::{self, OpusConfig};
use flvgate_media::codec::vp9::Vp9Config;
use flvgate_media::codec::{AudioCodec, VideoCodec};
use flvgate_media::fmp4::{InitSegment, Media, SampleEntry, VIDEO_TIMESCALE, esds, write_init_segment};
use flvgate_media::{Error, Result};

/// `track_ID` of the video and of the audio initialization segment.
pub(super) const VIDEO_TRACK_ID: u32 = 1;
pub(super) const AUDIO_TRACK_ID: u32 = 2;

/// Sampling rates, in Hz, that a decoder may take; AAC can state any up to 16 MHz, FLAC up to 1 MHz.
const PLAYABLE_RATES: core::ops::RangeInclusive<u32> = 4_000..=192_000;
/// G.711 is always of this rate, in Hz (FLV spec E.4.2.1), and taken in pieces of 20 ms where it must be made up.
const G711_RATE: u32 = 8_000;
const G711_SAMPLES: u32 = 160;
/// What most FLAC encoders make of a second at most, where the stream does not say how long a block is.
const FLAC_SAMPLES: u32 = 4096;

/// A video track's decoder configuration.
#[derive(Debug)]
pub(super) struct VideoConfig {
    /// Of the sample entry and of the box in it.
    names: [u8; 8],
    /// What that box holds.
    record: Vec<u8>,
    pub(super) codec_string: String,
    pub(super) width: u32,
    pub(super) height: u32,
    sample_aspect_ratio: (u32, u32),
    /// A frame's duration in ticks, where the stream states a plausible one.
    pub(super) frame_duration: Option<i64>,
    /// Bytes of the length before each NAL unit of its frames, as they come; 0 in codecs that have none.
    pub(super) nal_length_size: u8,
}

impl VideoConfig {
    /// Parses the body of a sequence header. `None` for one that does not say enough without a `keyframe`.
    ///
    /// # Errors
    /// When either does not parse, or the codec is none that can be handled.
    pub(super) fn of(codec: VideoCodec, record: &[u8], keyframe: &[u8]) -> Result<Option<Self>> {
        let mut config = Self {
            names: *b"avc1avcC",
            record: record.to_vec(),
            codec_string: String::new(),
            width: 0,
            height: 0,
            sample_aspect_ratio: (1, 1),
            frame_duration: None,
            nal_length_size: 0,
        };
        match codec {
            VideoCodec::Avc => {
                let avc = AvcConfig::parse(record)?;
                config.codec_string = avc.codec_string();
                (config.width, config.height) = (avc.sps.width, avc.sps.height);
                config.sample_aspect_ratio = avc.sps.sample_aspect_ratio;
                config.frame_duration = avc.sps.frame_rate.and_then(frame_duration);
                config.nal_length_size = avc.nal_length_size;
                config.state_length_size(4);
            }
            VideoCodec::Hevc => {
                let hevc = HevcConfig::parse(record)?;
                config.names = *b"hvc1hvcC";
                config.codec_string = hevc.codec_string();
                (config.width, config.height) = hevc.picture_size().unwrap_or_default();
                config.nal_length_size = hevc.nal_length_size;
                config.state_length_size(21);
            }
            VideoCodec::Av1 => {
                let Some(av1) = Av1Config::parse(record, keyframe)? else { return Ok(None) };
                config.names = *b"av01av1C";
                config.codec_string = av1.codec_string();
                (config.width, config.height) = (av1.width, av1.height);
            }
            VideoCodec::Vp9 if keyframe.is_empty() => return Ok(None),
            VideoCodec::Vp9 => {
                let vp9 = Vp9Config::parse(record, keyframe)?;
                config.names = *b"vp09vpcC";
                config.codec_string = vp9.codec_string();
                (config.width, config.height) = (vp9.width, vp9.height);
                config.record = vp9.record;
            }
            _ => return Err(Error::Unsupported { what: "FLV video codec", got: 0 }),
        }
        Ok(Some(config))
    }

    /// Makes the record say what decoders take: version 1, and not the three bytes that become four in every frame.
    fn state_length_size(&mut self, at: usize) {
        self.record[0] = 1;
        if self.nal_length_size == 3 {
            self.record[at] |= 3;
        }
    }

    pub(super) fn mime(&self) -> String {
        mp4_mime("video", &self.codec_string)
    }

    pub(super) fn write_init_segment(&self, out: &mut Vec<u8>) {
        let Self { width, height, sample_aspect_ratio, .. } = *self;
        let media = Media::Video { width, height, sample_aspect_ratio };
        let sample_entry = SampleEntry { names: self.names, config: &self.record, media };
        write_init_segment(
            &InitSegment { track_id: VIDEO_TRACK_ID, timescale: VIDEO_TIMESCALE, sample_entry },
            out,
        );
    }
}

fn frame_duration((frames, seconds): (u32, u32)) -> Option<i64> {
    let ticks = i64::from(VIDEO_TIMESCALE) * i64::from(seconds) / i64::from(frames);
    // 240 to 4 frames per second: what lies outside is rather a wrong unit than a frame rate.
    Some(ticks).filter(|ticks| (375..=22_500).contains(ticks))
}

/// An audio track's decoder configuration.
#[derive(Debug)]
pub(super) struct AudioConfig {
    codec: AudioCodec,
    /// Of the sample entry and of the box in it.
    names: [u8; 8],
    /// What that box holds; nothing in codecs that go out as raw frames.
    record: Vec<u8>,
    pub(super) codec_string: String,
    /// Ticks per second: the sampling rate, so that every frame's duration is a whole number.
    pub(super) timescale: u32,
    /// The usual length of a frame, and that of a frame of silence.
    pub(super) samples_per_frame: u32,
    /// The rate at which it sounds, in Hz.
    pub(super) output_sample_rate: u32,
    pub(super) channels: u8,
    /// A frame of silence, where one can be made.
    pub(super) silence: Option<Vec<u8>>,
}

impl AudioConfig {
    /// From the body of a sequence header.
    ///
    /// # Errors
    /// When it does not parse, or the codec is none that has a sequence header.
    pub(super) fn of_header(codec: AudioCodec, header: &[u8]) -> Result<Self> {
        let config = match codec {
            AudioCodec::Aac => {
                let facts = AacConfig::parse(header)?;
                Self {
                    record: esds(header),
                    codec_string: facts.codec_string(),
                    samples_per_frame: facts.samples_per_frame,
                    output_sample_rate: facts.output_sample_rate,
                    silence: aac::silent_frame(&facts),
                    ..Self::new(codec, *b"mp4aesds", facts.sample_rate, facts.channels)
                }
            }
            AudioCodec::Opus => {
                let facts = OpusConfig::parse(header)?;
                Self {
                    record: facts.record,
                    codec_string: "opus".into(),
                    samples_per_frame: opus::SAMPLE_RATE / 50,
                    silence: opus::silent_packet(facts.channels),
                    ..Self::new(codec, *b"OpusdOps", opus::SAMPLE_RATE, facts.channels)
                }
            }
            AudioCodec::Flac => {
                let facts = FlacConfig::parse(header)?;
                let usual = facts.max_block_size;
                Self {
                    record: facts.record,
                    codec_string: "flac".into(),
                    samples_per_frame: if usual == 0 { FLAC_SAMPLES } else { usual },
                    ..Self::new(codec, *b"fLaCdfLa", facts.sample_rate, facts.channels)
                }
            }
            _ => return Err(Error::Unsupported { what: "FLV audio sequence header", got: 0 }),
        };
        if PLAYABLE_RATES.contains(&config.timescale) {
            Ok(config)
        } else {
            Err(Error::Unsupported { what: "sampling frequency in Hz", got: config.timescale.into() })
        }
    }

    /// From a whole frame of MP3, of which the header is what counts. `wrapped`: it goes out as fragments.
    pub(super) fn mp3(frame: &[u8], wrapped: bool) -> Result<Self> {
        let header = FrameHeader::parse(frame)?;
        if header.layer == 1 {
            return Err(Error::Unsupported { what: "MPEG audio layer", got: 1 });
        }
        Ok(Self {
            codec_string: "mp3".into(),
            samples_per_frame: header.samples_per_frame,
            silence: mp3::silent_frame(frame),
            record: if wrapped { esds(&[]) } else { Vec::new() },
            ..Self::new(AudioCodec::Mp3, *b"mp4aesds", header.sample_rate, header.channels)
        })
    }

    /// From a frame of AC-3 or E-AC-3 of `frame_len` bytes.
    pub(super) fn ac3(header: ac3::FrameHeader, frame_len: usize) -> Self {
        let (codec, names, codec_string) = if header.is_enhanced {
            (AudioCodec::Eac3, *b"ec-3dec3", "ec-3")
        } else {
            (AudioCodec::Ac3, *b"ac-3dac3", "ac-3")
        };
        Self {
            record: header.record(frame_len),
            codec_string: codec_string.into(),
            samples_per_frame: header.samples_per_frame,
            ..Self::new(codec, names, header.sample_rate, header.channels)
        }
    }

    /// G.711, which is handed over as it is, for who can decode it.
    pub(super) fn g711(codec: AudioCodec, channels: u8) -> Self {
        let (codec_string, silence) =
            if codec == AudioCodec::G711A { ("alaw", 0xd5) } else { ("ulaw", 0xff) };
        Self {
            codec_string: codec_string.into(),
            samples_per_frame: G711_SAMPLES,
            silence: Some(alloc::vec![silence; G711_SAMPLES as usize * usize::from(channels)]),
            ..Self::new(codec, [0; 8], G711_RATE, channels)
        }
    }

    const fn new(codec: AudioCodec, names: [u8; 8], sample_rate: u32, channels: u8) -> Self {
        Self {
            codec,
            names,
            record: Vec::new(),
            codec_string: String::new(),
            timescale: sample_rate,
            samples_per_frame: 1024,
            output_sample_rate: sample_rate,
            channels,
            silence: None,
        }
    }

    /// Whether it goes out as fragments; G.711 goes out as raw frames, and MP3 unless it is wrapped.
    pub(super) const fn is_mp4(&self) -> bool {
        !self.record.is_empty()
    }

    /// How long a frame is, in samples.
    pub(super) fn samples_of(&self, frame: &[u8]) -> u32 {
        let samples = match self.codec {
            AudioCodec::Opus => opus::packet_samples(frame),
            AudioCodec::Flac => flac::frame_samples(frame),
            AudioCodec::G711A | AudioCodec::G711U => frame.len() as u32 / u32::from(self.channels),
            _ => 0,
        };
        if samples == 0 { self.samples_per_frame } else { samples }
    }

    pub(super) fn mime(&self) -> String {
        match self.codec {
            AudioCodec::Mp3 if !self.is_mp4() => "audio/mpeg".into(),
            // RFC 4856 sections 2.1.16 and 2.1.17.
            AudioCodec::G711A if self.channels == 1 => "audio/PCMA".into(),
            AudioCodec::G711U if self.channels == 1 => "audio/PCMU".into(),
            AudioCodec::G711A => "audio/PCMA;channels=2".into(),
            AudioCodec::G711U => "audio/PCMU;channels=2".into(),
            _ => mp4_mime("audio", &self.codec_string),
        }
    }

    /// Appends nothing for raw frames, which have none.
    pub(super) fn write_init_segment(&self, out: &mut Vec<u8>) {
        if self.is_mp4() {
            let media = Media::Audio { sample_rate: self.timescale, channels: self.channels };
            let sample_entry = SampleEntry { names: self.names, config: &self.record, media };
            write_init_segment(
                &InitSegment { track_id: AUDIO_TRACK_ID, timescale: self.timescale, sample_entry },
                out,
            );
        }
    }
}

fn mp4_mime(kind: &str, codec: &str) -> String {
    [kind, "/mp4; codecs=\"", codec, "\""].concat()
}
