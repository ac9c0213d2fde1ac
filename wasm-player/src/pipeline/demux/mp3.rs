use alloc::vec::Vec;

use super::audio::audio_frame;
use super::{OnUnit, Unit};
use crate::pipeline::config::AudioConfig;
use flvgate_media::codec::mp3::{FrameHeader, HEADER_LEN};
use flvgate_media::{Error, Result};

/// Cuts MP3 into frames: a tag mostly holds one, but encoders put several in, or cut them anywhere.
#[derive(Debug, Default)]
pub(super) struct FrameSplitter {
    /// The start of a frame whose end has not come, shorter than a frame, and the time of its tag.
    partial: Vec<u8>,
    partial_timestamp: u32,
    /// What of the last header makes a configuration.
    format: Option<Format>,
    /// The frames are to go out as fragments.
    wrapped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Format {
    layer: u8,
    sample_rate: u32,
    channels: u8,
    samples_per_frame: u32,
}

impl Format {
    const fn of(header: &FrameHeader) -> Self {
        Self {
            layer: header.layer,
            sample_rate: header.sample_rate,
            channels: header.channels,
            samples_per_frame: header.samples_per_frame,
        }
    }
}

impl FrameSplitter {
    pub(super) const fn wrap(&mut self, wrapped: bool) {
        self.wrapped = wrapped;
    }

    /// The next frame begins a track.
    pub(super) fn begin(&mut self) {
        *self = Self { wrapped: self.wrapped, ..Self::default() };
    }

    /// Forgets the start of a frame.
    pub(super) fn clear(&mut self) {
        self.partial.clear();
    }

    /// Takes the data of one tag.
    ///
    /// # Errors
    /// When there is something between the frames; they come out nevertheless.
    pub(super) fn push(&mut self, timestamp: u32, data: &[u8], on_unit: OnUnit<'_>) -> Result<()> {
        if !self.continues_partial(data) {
            self.partial.clear();
        }
        if self.partial.is_empty() {
            return self.split(timestamp, timestamp, data, on_unit);
        }
        let mut joined = core::mem::take(&mut self.partial);
        joined.extend_from_slice(data);
        self.split(self.partial_timestamp, timestamp, &joined, on_unit)
    }

    /// Whether `data` completes the frame that has begun, as far as headers tell, rather than starts with one itself.
    fn continues_partial(&self, data: &[u8]) -> bool {
        let starts_itself = FrameHeader::parse(data).is_ok();
        match FrameHeader::parse(&self.partial) {
            Ok(header) => {
                let rest = data.get(header.frame_len.saturating_sub(self.partial.len())..);
                rest.map_or(!starts_itself, |rest| rest.is_empty() || FrameHeader::parse(rest).is_ok())
            }
            Err(_) => !starts_itself,
        }
    }

    /// `first`: the time of the tag where the first frame began; `second`: where the frames behind it did.
    fn split(&mut self, first: u32, second: u32, mut data: &[u8], on_unit: OnUnit<'_>) -> Result<()> {
        let (mut time, mut samples) = (first, 0);
        let mut result = Ok(());
        while !data.is_empty() {
            let header = match FrameHeader::parse(data) {
                Ok(header) => header,
                Err(Error::Truncated { .. }) if data.len() < HEADER_LEN => break,
                Err(error) => {
                    result = Err(error);
                    let next = data.iter().skip(1).position(|byte| *byte == 0xff);
                    data = next.map_or(&[], |at| &data[at + 1..]);
                    continue;
                }
            };
            let Some((frame, rest)) = data.split_at_checked(header.frame_len) else { break };
            let format = Format::of(&header);
            if self.format != Some(format) {
                let config = AudioConfig::mp3(frame, self.wrapped)?;
                self.format = Some(format);
                on_unit(Unit::Audio(config));
            }
            let within = samples * 1000 / header.sample_rate;
            on_unit(Unit::Frame(audio_frame(time.wrapping_add(within), frame)));
            samples += header.samples_per_frame;
            if time != second {
                (time, samples) = (second, 0);
            }
            data = rest;
        }
        self.partial.extend_from_slice(data);
        self.partial_timestamp = second;
        result
    }
}
