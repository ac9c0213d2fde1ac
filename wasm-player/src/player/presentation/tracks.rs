//! The tracks: which there are, which of them the browser plays, and their way into the media source.

use alloc::string::String;

use super::Presentation;
use crate::browser::media_source::{AttachedMediaSource, is_type_supported};
use crate::pipeline::Track;
use crate::player::event::Event;

impl Presentation {
    pub(super) fn expect_tracks(&mut self, video: bool, audio: bool, now: f64) {
        if self.source.as_ref().is_none_or(AttachedMediaSource::has_tracks) {
            self.attach(now);
        }
        self.tracks.clear();
        self.tracks.extend(video.then_some(Track::Video));
        self.tracks.extend(audio.then_some(Track::Audio));
        self.tracks_changed = true;
        self.set_latency_target(self.latency_target);
        if let Some(source) = &mut self.source {
            source.expect_tracks(self.tracks.clone());
        }
    }

    pub(super) fn init(&mut self, track: Track, mime: &str, data: &[u8], now: f64) {
        let Some(source) = &mut self.source else { return };
        self.tracks_changed = true;
        if is_type_supported(&self.video, mime) {
            if self.tracks.contains(&track) {
                let result = source.init(track, mime, data);
                self.settle(result, now);
            } else {
                // It was left out for a codec that it no longer has.
                self.wants_restart = true;
            }
            return;
        }
        // Whole types are compared: a search for text in text would bring its panics' formatting, 2 kB on the wire.
        if !self.unsupported.iter().any(|known| known == mime) {
            self.unsupported.push(mime.into());
        }
        let mut message = String::from("this browser cannot play ");
        message.push_str(&self.unsupported.join(", nor "));
        self.tracks.retain(|&other| other != track);
        if self.tracks.is_empty() {
            self.fatal = Some(("codec-unsupported", message));
            return;
        }
        if self.warnings.admits(mime, now) {
            self.events.emit(Event::Warning { code: "codec-unsupported", track: Some(track), message });
        }
        if source.has_source_buffers() {
            // Its source buffer would wait for media for ever, and hold up the other track's.
            self.wants_restart = true;
        }
        let result = source.leave_out(track);
        self.settle(result, now);
        self.set_latency_target(self.latency_target);
    }

    pub(super) fn append(
        &mut self,
        track: Track,
        data: &[u8],
        keyframe: bool,
        offset: Option<f64>,
        now: f64,
    ) {
        if self.recovery.is_planned() || !self.tracks.contains(&track) {
            return;
        }
        if self.skip_to_keyframe {
            let leads = track == Track::Video || !self.tracks.contains(&Track::Video);
            if !(leads && keyframe) {
                return;
            }
            self.skip_to_keyframe = false;
        }
        let Some(source) = &mut self.source else { return };
        let result = source.append(track, data, offset);
        self.settle(result, now);
    }
}
