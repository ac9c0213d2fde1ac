//! Frames at their output time -> initialization segments and fragments.

mod audio;
mod video;

use alloc::vec::Vec;

use super::config::{AUDIO_TRACK_ID, AudioConfig, VIDEO_TRACK_ID, VideoConfig};
use super::held::TimedFrame;
use super::{Output, Track};
use audio::{AudioClock, AudioPlace};
use flvgate_media::fmp4::{Fragment, VIDEO_TIMESCALE, write_fragment};
use video::VideoClock;
pub(super) use video::{TICKS_PER_MS, ticks_to_ms_up};

type OnOutput<'f> = &'f mut dyn FnMut(Output<'_>);

#[derive(Debug, Default)]
pub(super) struct Fragmenter {
    /// The segment being made; its memory is used again.
    buffer: Vec<u8>,
    video: VideoClock,
    audio: AudioClock,
    /// `mfhd.sequence_number` of the last fragment of each track.
    sequence_numbers: [u32; 2],
    /// The next raw frame must say its time.
    timestamp_offset_due: bool,
}

impl Fragmenter {
    /// A new MediaSource: output starts at `start_ms`.
    pub(super) fn restart(&mut self, start_ms: i64, now_ms: f64) {
        *self = Self { buffer: core::mem::take(&mut self.buffer), ..Self::default() };
        self.audio.resume(Some(start_ms), now_ms);
        self.timestamp_offset_due = true;
    }

    /// Output goes on behind a discontinuity.
    pub(super) const fn resume(&mut self, now_ms: f64) {
        self.audio.resume(None, now_ms);
        self.timestamp_offset_due = true;
    }

    /// Where output can go on without touching what is there, in milliseconds; `composition_time` is that of the first frame, in ticks.
    pub(super) fn end_ms(&self, composition_time: i32) -> i64 {
        self.video.end_ms(composition_time).max(self.audio.end_ms())
    }

    pub(super) fn init_video(&mut self, config: &VideoConfig, on_output: OnOutput<'_>) {
        self.video.configure(config.frame_duration);
        self.buffer.clear();
        config.write_init_segment(&mut self.buffer);
        on_output(Output::Init { track: Track::Video, mime: &config.mime(), data: &self.buffer });
    }

    pub(super) fn init_audio(&mut self, config: &AudioConfig, on_output: OnOutput<'_>) {
        self.audio.configure(config.timescale, config.samples_per_frame);
        self.buffer.clear();
        config.write_init_segment(&mut self.buffer);
        self.timestamp_offset_due = true;
        on_output(Output::Init { track: Track::Audio, mime: &config.mime(), data: &self.buffer });
    }

    /// `at_ms`: the frame's output time.
    pub(super) fn write_video(&mut self, at_ms: i64, frame: TimedFrame<'_>, on_output: OnOutput<'_>) {
        let times = self.video.place(at_ms, frame.composition_time, frame.keyframe);
        self.buffer.clear();
        let fragment = Fragment {
            sequence_number: self.next_sequence_number(Track::Video),
            track_id: VIDEO_TRACK_ID,
            decode_time: times.decode_time.unsigned_abs(),
            duration: u32::try_from(times.duration).unwrap_or(u32::MAX),
            composition_offset: times.composition_offset,
            keyframe: frame.keyframe,
            data: frame.data,
        };
        write_fragment(&fragment, &mut self.buffer);
        let seconds = |ticks: i64| ticks as f64 / f64::from(VIDEO_TIMESCALE);
        on_output(Output::Fragment {
            track: Track::Video,
            data: &self.buffer,
            decode_time: seconds(times.decode_time),
            duration: seconds(times.duration),
            keyframe: frame.keyframe,
            set_timestamp_offset: false,
        });
    }

    /// `at_ms`: the frame's output time.
    pub(super) fn write_audio(
        &mut self,
        at_ms: i64,
        data: &[u8],
        config: &AudioConfig,
        on_output: OnOutput<'_>,
    ) {
        match self.audio.place(at_ms, config.silence.is_some()) {
            AudioPlace::Drop => return,
            AudioPlace::Behind { silence } => self.write_silence(silence, config, on_output),
            AudioPlace::BehindGap => self.timestamp_offset_due = true,
        }
        self.write_audio_frame(data, config, on_output);
    }

    /// Notes that audio came, for [`Self::fill_missing_audio`].
    pub(super) fn audio_arrived(&mut self, at_ms: i64, with_video: bool, now_ms: f64) {
        self.audio.arrived(at_ms, with_video.then(|| self.video.last_ms()), now_ms);
    }

    /// Puts silence beside video that has got ahead of audio, since a browser plays neither without the other.
    pub(super) fn fill_missing_audio(&mut self, config: &AudioConfig, now_ms: f64, on_output: OnOutput<'_>) {
        let missed = self.audio.missed(self.video.last_ms(), now_ms);
        self.write_silence(missed, config, on_output);
    }

    /// By how many milliseconds audio is ahead of video; negative: behind.
    pub(super) fn audio_lead_ms(&self) -> i64 {
        self.audio.end_ms() - self.video.last_ms()
    }

    fn write_silence(&mut self, frames: usize, config: &AudioConfig, on_output: OnOutput<'_>) {
        let Some(silence) = &config.silence else { return };
        for _ in 0..frames {
            self.write_audio_frame(silence, config, on_output);
        }
    }

    fn write_audio_frame(&mut self, data: &[u8], config: &AudioConfig, on_output: OnOutput<'_>) {
        let samples = i64::from(config.samples_of(data));
        let at = self.audio.take(samples);
        let set_timestamp_offset = !config.is_mp4() && self.timestamp_offset_due;
        self.timestamp_offset_due = false;
        let data = if config.is_mp4() {
            let fragment = Fragment {
                sequence_number: self.next_sequence_number(Track::Audio),
                track_id: AUDIO_TRACK_ID,
                decode_time: at.unsigned_abs(),
                duration: u32::try_from(samples).unwrap_or(u32::MAX),
                composition_offset: 0,
                keyframe: true,
                data,
            };
            self.buffer.clear();
            write_fragment(&fragment, &mut self.buffer);
            &self.buffer
        } else {
            data
        };
        on_output(Output::Fragment {
            track: Track::Audio,
            data,
            decode_time: self.audio.seconds(at),
            duration: self.audio.seconds(samples),
            keyframe: true,
            set_timestamp_offset,
        });
    }

    const fn next_sequence_number(&mut self, track: Track) -> u32 {
        let number = &mut self.sequence_numbers[track as usize];
        *number = number.wrapping_add(1);
        *number
    }
}
