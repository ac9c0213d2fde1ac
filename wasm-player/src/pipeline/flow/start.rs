//! The start of output: when the tracks are decided and there is a frame to start at.

use super::{Flow, Mode, OnOutput};
use crate::pipeline::Output;
use crate::pipeline::fragmenter::ticks_to_ms_up;

impl Flow {
    /// Starts if it is time, and lets out what is held.
    pub(super) fn let_out(&mut self, now_ms: f64, on_output: OnOutput<'_>) {
        loop {
            if let Mode::Waiting { anew, jump_ms } = self.mode
                && !self.start(anew, jump_ms, now_ms, on_output)
            {
                return;
            }
            let Some(held) = self.held.pop() else { return };
            if !self.run(held.frame(), now_ms, on_output) {
                self.held.put_back(held.frame(), now_ms);
            }
        }
    }

    /// Starts output at the first frame held at which it can; returns whether it has.
    fn start(&mut self, mut anew: bool, jump_ms: Option<i64>, now_ms: f64, on_output: OnOutput<'_>) -> bool {
        let waited = self.held.waited(now_ms);
        if !self.tracks.is_decided() {
            self.tracks.decide(waited, self.held.is_full());
        }
        if self.tracks.declared.video && self.held.video_start().is_none() {
            anew |= self.tracks.give_up_on_video(waited.0);
        }
        if self.tracks.is_decided() && !self.tracks.declared.video && self.held.video_start().is_some() {
            self.tracks.declared.video = true;
            anew = true;
        }
        let declared = self.tracks.declared;
        if declared.video {
            self.held.drop_before_keyframe();
        }
        let first = match (declared.video, declared.audio) {
            (true, _) => self.held.video_start(),
            (false, true) => self.held.audio_start(),
            (false, false) => None,
        };
        let first = first.map(|frame| (frame.track, frame.dts, frame.composition_time));
        let Some((track, dts, composition_time)) = first else {
            self.mode = Mode::Waiting { anew, jump_ms };
            return false;
        };
        self.keyframe_due = false;
        self.audio_is_late = false;
        let in_file = self.file_offset.map(|offset| dts + offset);
        if core::mem::take(&mut self.has_moved) || anew {
            let earliest = ticks_to_ms_up(i64::from(composition_time).min(0).abs());
            let start_ms = in_file.map_or(earliest, |at| at.max(earliest));
            self.timeline.anchor(track, dts, start_ms);
            if self.keeps_file_time {
                self.file_offset.get_or_insert(start_ms - dts);
            }
            self.fragmenter.restart(start_ms, now_ms);
            if anew {
                on_output(Output::Tracks { video: declared.video, audio: declared.audio });
            }
            (self.video_init_due, self.audio_init_due) = (true, true);
        } else {
            let end_ms = self.fragmenter.end_ms(composition_time);
            let start_ms = in_file.map_or(end_ms, |at| at.max(end_ms));
            let jumped = self.timeline.anchor(track, dts, start_ms);
            self.fragmenter.resume(now_ms);
            on_output(Output::Discontinuity { jump_ms: jump_ms.unwrap_or(jumped) });
        }
        self.init_video(on_output);
        self.init_audio(on_output);
        self.mode = Mode::Running;
        true
    }

    pub(super) fn init_video(&mut self, on_output: OnOutput<'_>) {
        if let Some(config) = self.tracks.video.config()
            && self.tracks.declared.video
            && core::mem::take(&mut self.video_init_due)
        {
            self.fragmenter.init_video(config, on_output);
        }
    }

    pub(super) fn init_audio(&mut self, on_output: OnOutput<'_>) {
        if let Some(config) = self.tracks.audio.config()
            && self.tracks.declared.audio
            && core::mem::take(&mut self.audio_init_due)
        {
            self.fragmenter.init_audio(config, on_output);
        }
    }
}
