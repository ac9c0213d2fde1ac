//! The playhead: its distance to the live edge, and the media around it that is kept.

use super::Presentation;
use crate::browser::page;
use crate::latency::{self, Action, Playback};
use crate::pipeline::Track;
use crate::publisher_clock;

/// Less than this is not worth a removal, which runs up to the next keyframe and holds appends up.
const TRIM_STEP: f64 = 5.0;
/// A seek into what is buffered takes no longer, in seconds. WebKitGTK forgets one that is made while it starts.
const SEEK_TIMEOUT: f64 = 2.0;
/// How far forward the next attempt goes, in seconds.
const SEEK_STEP: f64 = 0.1;
/// While paused, so much stays ahead of what is trimmed.
const PAUSED_AHEAD: f64 = 10.0;

impl Presentation {
    /// How far the playhead is behind the live edge, and how much is buffered ahead without a hole; in seconds.
    pub(crate) fn distances(&mut self) -> (f64, f64) {
        self.read_buffered();
        let time = self.video.current_time();
        let edge = self.buffered.last().filter(|_| self.file.is_none());
        let latency = edge.map_or(0.0, |&(_, end)| (end - time).max(0.0));
        (latency, latency::ahead(&self.buffered, time))
    }

    /// How long ago the publisher sent what is shown, in seconds, if it sends its clock.
    pub(crate) fn end_to_end_latency(&self) -> Option<f64> {
        let (then, at) = self.clock?;
        let ahead = at as f64 - self.video.current_time() * 1000.0;
        Some(publisher_clock::latency(js_sys::Date::now(), then, ahead))
    }

    /// Sets the latency to aim at, in seconds; none: what suits the tracks.
    pub(crate) fn set_latency_target(&mut self, target: Option<f64>) {
        self.latency_target = target;
        let has_audio = self.tracks.is_empty() || self.tracks.contains(&Track::Audio);
        let own = if has_audio { latency::TARGET_WITH_AUDIO } else { latency::TARGET_VIDEO_ONLY };
        self.controller.set_base(target.unwrap_or(own));
    }

    /// The element has nothing to show next; at a seek, too, but that is no stall.
    pub(crate) fn handle_waiting(&mut self, now: f64) {
        if !self.video.paused() && !self.video.seeking() {
            self.controller.ran_dry(now, self.video.current_time());
        }
    }

    pub(super) fn steer(&mut self, now: f64) {
        self.watch_seek(now);
        let in_background = page::is_hidden() && !self.tracks.contains(&Track::Audio);
        let playback = Playback {
            now,
            buffered: &self.buffered,
            current_time: self.video.current_time(),
            playing: !self.video.paused() && !self.video.seeking() && !in_background,
        };
        if self.file.is_some() {
            return self.controller.watch(&playback);
        }
        match self.controller.update(&playback) {
            Action::None => {}
            Action::Rate(_) if self.keeps_rate => {}
            Action::Rate(rate) => self.video.set_playback_rate(rate),
            Action::Seek(time) => {
                self.video.set_current_time(time);
                self.video.set_playback_rate(1.0);
            }
        }
    }

    /// Seeks again where a seek does not end though there is what to show.
    fn watch_seek(&mut self, now: f64) {
        let time = self.video.current_time();
        let is_due = self.video.seeking() && latency::ahead(&self.buffered, time) > self.controller.target();
        if !is_due {
            self.last_not_seeking = now;
        } else if now - self.last_not_seeking > SEEK_TIMEOUT {
            self.last_not_seeking = now;
            self.video.set_current_time(time + SEEK_STEP);
        }
    }

    pub(super) fn trim(&mut self, now: f64) {
        let Some(source) = &mut self.source else { return };
        let (Some(&(start, _)), Some(&(_, end))) = (self.buffered.first(), self.buffered.last()) else {
            return;
        };
        let played = self.video.current_time() - self.back_buffer;
        let stale = end - self.back_buffer - PAUSED_AHEAD;
        let is_live = self.file.is_none();
        if is_live {
            source.set_seekable(start, end);
        }
        let before = if self.video.paused() && is_live { played.max(stale) } else { played };
        let result = source.remove_before(before, TRIM_STEP, true);
        self.settle(result, now);
    }

    pub(super) fn read_buffered(&mut self) {
        self.buffered.clear();
        let ranges = self.video.buffered();
        for index in 0..ranges.length() {
            if let (Ok(start), Ok(end)) = (ranges.start(index), ranges.end(index)) {
                self.buffered.push((start, end));
            }
        }
    }
}
