//! Leads frames from the demuxer to the fragmenter: waits for a decision and a keyframe, then lets run.

mod start;

use super::demux::Unit;
use super::fragmenter::{Fragmenter, TICKS_PER_MS};
use super::held::{HeldFrames, TimedFrame};
use super::timeline::{Place, Timeline};
use super::tracks::{Presence, Tracks};
use super::{Info, Output, Track};
use crate::publisher_clock;
use flvgate_media::flv::FileHeader;

/// A track without output for this long, in milliseconds of the other track, has ended; the other goes on alone.
const LOST_AFTER_MS: i64 = 10_000;
/// The same for audio that no silence can stand in for: until then the picture stands still.
const LOST_WITHOUT_SILENCE_MS: i64 = 3000;

type OnOutput<'f> = &'f mut dyn FnMut(Output<'_>);

#[derive(Debug)]
enum Mode {
    /// No output: frames are held until the tracks are decided, and until there is one to start at.
    Waiting {
        /// Output starts anew, with `Tracks`; else it goes on where it was.
        anew: bool,
        /// By how much the input jumped, where that is why we wait.
        jump_ms: Option<i64>,
    },
    Running,
}

#[derive(Debug)]
pub(super) struct Flow {
    tracks: Tracks,
    timeline: Timeline,
    held: HeldFrames,
    fragmenter: Fragmenter,
    mode: Mode,
    video_init_due: bool,
    audio_init_due: bool,
    /// Video frames are of no use before the next keyframe.
    keyframe_due: bool,
    /// Audio came up after it was decided that there is none.
    audio_is_late: bool,
    /// Output times are a file's; the offset is that of the first frame.
    keeps_file_time: bool,
    file_offset: Option<i64>,
    /// Output goes on at another place of the file.
    has_moved: bool,
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            tracks: Tracks::default(),
            timeline: Timeline::default(),
            held: HeldFrames::default(),
            fragmenter: Fragmenter::default(),
            mode: Mode::Waiting { anew: true, jump_ms: None },
            video_init_due: true,
            audio_init_due: true,
            keyframe_due: false,
            audio_is_late: false,
            keeps_file_time: false,
            file_offset: None,
            has_moved: false,
        }
    }
}

impl Flow {
    /// Takes the flags of the file header.
    pub(super) fn hear_header(&mut self, header: FileHeader, now_ms: f64, on_output: OnOutput<'_>) {
        self.tracks.hear_header(header);
        self.let_out(now_ms, on_output);
    }

    /// Takes what a tag holds, and decides right behind it, so that the slicing of the input has no part in decisions.
    pub(super) fn handle(&mut self, unit: Unit<'_>, now_ms: f64, on_output: OnOutput<'_>) {
        match unit {
            Unit::Video(config) => {
                self.tracks.video = Presence::Ready(config);
                self.video_init_due = true;
                self.keyframe_due = true;
                self.held.drop_track(Track::Video);
                self.timeline.reconfigured(Track::Video);
            }
            Unit::Audio(config) => {
                let before = self.tracks.audio.config().map(|before| before.is_mp4());
                let other_container = before.is_some_and(|is_mp4| is_mp4 != config.is_mp4());
                self.tracks.audio = Presence::Ready(config);
                self.audio_init_due = true;
                self.held.drop_track(Track::Audio);
                self.timeline.reconfigured(Track::Audio);
                if other_container && self.tracks.declared.audio {
                    self.wait_anew();
                }
            }
            Unit::Unplayable(track) => self.give_up(track),
            Unit::Frame(frame) => {
                let dts = self.timeline.unwrap(frame.timestamp);
                let frame = TimedFrame {
                    track: frame.track,
                    dts,
                    composition_time: frame.composition_time,
                    keyframe: frame.keyframe,
                    data: frame.data,
                };
                self.take(frame, now_ms, on_output);
            }
            Unit::Metadata(body) => {
                self.tracks.hear_metadata(body);
                on_output(Output::Metadata(body));
            }
            Unit::Clock(then) => on_output(Output::Clock { then, at: self.timeline.now() }),
            Unit::Warning(warning) => on_output(Output::Warning(warning)),
        }
        self.let_out(now_ms, on_output);
    }

    /// Lets out what time alone decides.
    pub(super) fn tick(&mut self, now_ms: f64, on_output: OnOutput<'_>) {
        self.let_out(now_ms, on_output);
    }

    /// The input starts again, with whatever clock it has then.
    pub(super) fn reconnected(&mut self) {
        self.held.clear();
        if matches!(self.mode, Mode::Running) {
            self.mode = Mode::Waiting { anew: false, jump_ms: None };
        }
    }

    /// Output starts again, in a new MediaSource.
    pub(super) fn wait_anew(&mut self) {
        self.held.restart_wait();
        self.mode = Mode::Waiting { anew: true, jump_ms: None };
    }

    pub(super) const fn keep_file_time(&mut self) {
        self.keeps_file_time = true;
    }

    pub(super) const fn file_offset(&self) -> Option<i64> {
        self.file_offset
    }

    /// The input goes on elsewhere in the file.
    pub(super) fn seek(&mut self) {
        self.reconnected();
        self.has_moved = true;
    }

    pub(super) fn info(&self) -> Info {
        let mut info = Info::default();
        if let Some(video) = self.tracks.video.config() {
            info.video_codec = Some(video.codec_string.clone());
            info.width = video.width;
            info.height = video.height;
        }
        if let Some(audio) = self.tracks.audio.config() {
            info.audio_codec = Some(audio.codec_string.clone());
            info.sample_rate = audio.output_sample_rate;
            info.channels = audio.channels.into();
        }
        info
    }

    fn take(&mut self, frame: TimedFrame<'_>, now_ms: f64, on_output: OnOutput<'_>) {
        let passed = matches!(self.mode, Mode::Running) && self.run(frame, now_ms, on_output);
        if !passed {
            self.held.hold(frame, now_ms);
        }
    }

    /// Passes a frame on; returns false when output has to wait first, and the frame with it.
    fn run(&mut self, frame: TimedFrame<'_>, now_ms: f64, on_output: OnOutput<'_>) -> bool {
        if let Some(passed) = self.admit_late_track(frame) {
            return passed;
        }
        let at = match self.timeline.place(frame.track, frame.dts, self.tracks.declared.video) {
            Place::At(at) => at,
            Place::Stepped { at, jump_ms } => {
                on_output(Output::Discontinuity { jump_ms });
                at
            }
            Place::Nowhere => return true,
            Place::Jump { jump_ms } => {
                self.held.restart_wait();
                self.mode = Mode::Waiting { anew: false, jump_ms: Some(jump_ms) };
                return false;
            }
        };
        match frame.track {
            Track::Video => self.run_video(at, frame, now_ms, on_output),
            Track::Audio => self.run_audio(at, frame, now_ms, on_output),
        }
        true
    }

    /// Takes a track in that came up after the decision, at a video keyframe; says what becomes of the frame if it is known.
    fn admit_late_track(&mut self, frame: TimedFrame<'_>) -> Option<bool> {
        let declared = self.tracks.declared.has(frame.track);
        let missing = match frame.track {
            Track::Audio if declared => return None,
            Track::Audio => {
                self.audio_is_late = self.tracks.is_ready(Track::Audio);
                return Some(true);
            }
            Track::Video if declared && !(frame.keyframe && self.audio_is_late) => return None,
            Track::Video if declared => Track::Audio,
            Track::Video if frame.keyframe => Track::Video,
            Track::Video => return Some(true),
        };
        self.audio_is_late = false;
        self.tracks.declared.set(missing, self.tracks.is_ready(missing));
        self.wait_anew();
        Some(false)
    }

    fn run_video(&mut self, at: i64, frame: TimedFrame<'_>, now_ms: f64, on_output: OnOutput<'_>) {
        if self.keyframe_due && !frame.keyframe {
            return;
        }
        self.keyframe_due = false;
        if let Some(then) = publisher_clock::of_frame(frame.data) {
            on_output(Output::Clock { then, at: at + i64::from(frame.composition_time) / TICKS_PER_MS });
        }
        self.init_video(on_output);
        self.fragmenter.write_video(at, frame, on_output);
        if self.tracks.declared.audio
            && !self.audio_init_due
            && let Some(config) = self.tracks.audio.config()
        {
            self.fragmenter.fill_missing_audio(config, now_ms, on_output);
            if config.silence.is_none() && self.fragmenter.audio_lead_ms() < -LOST_WITHOUT_SILENCE_MS {
                self.lose(Track::Audio);
            }
        }
    }

    fn run_audio(&mut self, at: i64, frame: TimedFrame<'_>, now_ms: f64, on_output: OnOutput<'_>) {
        self.init_audio(on_output);
        let with_video = self.tracks.declared.video;
        let Some(config) = self.tracks.audio.config() else { return };
        self.fragmenter.audio_arrived(at, with_video, now_ms);
        self.fragmenter.write_audio(at, frame.data, config, on_output);
        if with_video && self.fragmenter.audio_lead_ms() > LOST_AFTER_MS {
            self.lose(Track::Video);
        }
    }

    /// The codec of a track has become one that cannot be played, or always was.
    fn give_up(&mut self, track: Track) {
        match track {
            Track::Video => self.tracks.video = Presence::Unplayable,
            Track::Audio => self.tracks.audio = Presence::Unplayable,
        }
        self.held.drop_track(track);
        if self.tracks.declared.has(track) {
            self.lose(track);
        }
    }

    fn lose(&mut self, track: Track) {
        self.tracks.declared.set(track, false);
        self.wait_anew();
    }
}
