//! AAC (ISO/IEC 14496-3) as FLV and MP4 carry it: raw access units, configured by an `AudioSpecificConfig`.

mod program_config;
mod silence;

pub use program_config::ProgramConfig;
pub use silence::silent_frame;

use alloc::string::String;

use crate::bits::BitReader;
use crate::{Error, Result};

/// Sampling frequencies by index, in Hz (ISO/IEC 14496-3 table 1.18).
const SAMPLE_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// Spectral band replication, audio object type 5.
const SBR: u8 = 5;
/// Parametric stereo, audio object type 29.
const PS: u8 = 29;

/// What an `AudioSpecificConfig` says (ISO/IEC 14496-3 section 1.6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AacConfig {
    /// The audio object type that comes first: 2 for LC, 5 for explicit HE-AAC, 29 for explicit HE-AAC v2.
    pub signalled_object_type: u8,
    /// The audio object type of the core coder: 2 for LC, also under SBR and PS.
    pub object_type: u8,
    /// Sampling rate of the core coder in Hz; the rate in which `samples_per_frame` counts.
    pub sample_rate: u32,
    /// Sampling rate of the output in Hz; larger than `sample_rate` where SBR is signalled.
    pub output_sample_rate: u32,
    /// `channelConfiguration`, 0 where a program config element describes the channels.
    pub channel_configuration: u8,
    /// Channels of the output; 0 if not known.
    pub channels: u8,
    /// The channels' description where `channel_configuration` is 0, and nothing is cut short.
    pub program_config: Option<ProgramConfig>,
    /// Samples that one access unit has at `sample_rate`: 1024 or 960, and 512 or 480 in the low-delay coders.
    pub samples_per_frame: u32,
}

impl AacConfig {
    /// Parses an `AudioSpecificConfig`, the body of an AAC sequence header.
    ///
    /// SBR and PS are found in both of their forms: explicit and hierarchical, and as a backward-compatible extension.
    ///
    /// # Errors
    /// When it is cut short, or names a reserved sampling frequency.
    pub fn parse(config: &[u8]) -> Result<Self> {
        let mut reader = BitReader::new(config);
        let truncated = Error::Truncated {
            what: "AudioSpecificConfig",
            expected: config.len().max(1) + 1,
            got: config.len(),
        };
        let head = Head::parse(&mut reader).ok_or(truncated)?;
        let invalid = |what| Error::Invalid { what, expected: "1 Hz or more", got: 0 };
        let sample_rate =
            head.sample_rate.filter(|rate| *rate > 0).ok_or(invalid("AAC sampling frequency"))?;
        let mut parsed = Self {
            signalled_object_type: head.signalled_object_type,
            object_type: head.object_type,
            sample_rate,
            output_sample_rate: head.extension_rate.filter(|rate| *rate > 0).unwrap_or(sample_rate),
            channel_configuration: head.channel_configuration,
            channels: channels_of(head.channel_configuration),
            program_config: None,
            samples_per_frame: 1024,
        };
        let mut ps = head.signalled_object_type == PS;
        if is_general_audio(parsed.object_type) {
            // Encoders leave trailing fields out; the defaults are right then.
            if let Some(specific) = GeneralAudio::parse(&mut reader, &parsed) {
                parsed.samples_per_frame = specific.samples_per_frame;
                if let Some(program) = specific.program_config {
                    parsed.channels = program.channels;
                    parsed.program_config = Some(program);
                }
                if parsed.signalled_object_type != SBR && parsed.signalled_object_type != PS {
                    ps |= sync_extension(&mut reader, &mut parsed).unwrap_or(false);
                }
            }
        } else if parsed.object_type == 39 {
            // Error-resilient AAC ELD: ELDSpecificConfig opens with the same frameLengthFlag.
            parsed.samples_per_frame = if reader.flag() == Some(true) { 480 } else { 512 };
        }
        if ps && parsed.channels == 1 {
            parsed.channels = 2;
        }
        Ok(parsed)
    }

    /// The codec's name for `addSourceBuffer`, such as `mp4a.40.2` (RFC 6381 section 3.3).
    #[must_use]
    pub fn codec_string(&self) -> String {
        let mut string = String::from("mp4a.40.");
        if self.signalled_object_type >= 10 {
            string.push(char::from(b'0' + self.signalled_object_type / 10));
        }
        string.push(char::from(b'0' + self.signalled_object_type % 10));
        string
    }
}

struct Head {
    signalled_object_type: u8,
    object_type: u8,
    sample_rate: Option<u32>,
    extension_rate: Option<u32>,
    channel_configuration: u8,
}

impl Head {
    fn parse(r: &mut BitReader<'_>) -> Option<Self> {
        let signalled_object_type = object_type(r)?;
        let sample_rate = sampling_frequency(r)?;
        let channel_configuration = r.byte(4)?;
        let mut head = Self {
            signalled_object_type,
            object_type: signalled_object_type,
            sample_rate,
            extension_rate: None,
            channel_configuration,
        };
        if signalled_object_type == SBR || signalled_object_type == PS {
            head.extension_rate = sampling_frequency(r)?;
            head.object_type = object_type(r)?;
            if head.object_type == 22 {
                r.byte(4)?; // extensionChannelConfiguration
            }
        }
        Some(head)
    }
}

/// `GetAudioObjectType()` (ISO/IEC 14496-3 table 1.16).
fn object_type(r: &mut BitReader<'_>) -> Option<u8> {
    match r.byte(5)? {
        31 => Some(32 + r.byte(6)?),
        short => Some(short),
    }
}

/// `samplingFrequencyIndex`, and the frequency itself behind index 15; the inner `None` is a reserved index.
fn sampling_frequency(r: &mut BitReader<'_>) -> Option<Option<u32>> {
    match r.byte(4)? {
        15 => Some(Some(r.bits(24)?)),
        index => Some(SAMPLE_RATES.get(usize::from(index)).copied()),
    }
}

/// Channels by `channelConfiguration` (ISO/IEC 14496-3 table 1.19); 0 where it does not say.
const fn channels_of(channel_configuration: u8) -> u8 {
    match channel_configuration {
        1..=6 => channel_configuration,
        7 | 12 | 14 => 8,
        11 => 7,
        13 => 24,
        _ => 0,
    }
}

/// The object types that a `GASpecificConfig` follows.
const fn is_general_audio(object_type: u8) -> bool {
    matches!(object_type, 1..=4 | 6 | 7 | 17 | 19..=23)
}

/// `GASpecificConfig` (ISO/IEC 14496-3 section 4.4.1).
struct GeneralAudio {
    samples_per_frame: u32,
    program_config: Option<ProgramConfig>,
}

impl GeneralAudio {
    fn parse(r: &mut BitReader<'_>, config: &AacConfig) -> Option<Self> {
        let short = r.flag()?; // frameLengthFlag
        let samples_per_frame = match (config.object_type, short) {
            (23, false) => 512,
            (23, true) => 480,
            (_, false) => 1024,
            (_, true) => 960,
        };
        if r.flag()? {
            r.skip(14)?; // coreCoderDelay
        }
        let extension = r.flag()?;
        let mut program_config = None;
        if config.channel_configuration == 0 {
            program_config = Some(ProgramConfig::parse(r)?);
        }
        if matches!(config.object_type, 6 | 20) {
            r.skip(3)?; // layerNr
        }
        if extension {
            match config.object_type {
                22 => r.skip(5 + 11)?,           // numOfSubFrame, layer_length
                17 | 19 | 20 | 23 => r.skip(3)?, // the three resilience flags
                _ => {}
            }
            r.skip(1)?; // extensionFlag3
        }
        Some(Self { samples_per_frame, program_config })
    }
}

/// The backward-compatible signalling behind the `GASpecificConfig` (ISO/IEC 14496-3 section 1.6.2.1, `syncExtensionType`);
/// whether there is parametric stereo.
fn sync_extension(r: &mut BitReader<'_>, config: &mut AacConfig) -> Option<bool> {
    if r.bits(11)? != 0x2b7 || object_type(r)? != SBR || !r.flag()? {
        return Some(false);
    }
    if let Some(rate) = sampling_frequency(r)?.filter(|rate| *rate > 0) {
        config.output_sample_rate = rate;
    }
    Some(r.bits(11)? == 0x548 && r.flag()?)
}

#[cfg(test)]
mod tests;
