//! From the pipeline's output to the picture: the media source, its repair, and the distance to the live edge.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlVideoElement;

use super::event::{Category, Event, Events};
use super::warnings::WarningLimiter;
use crate::browser::autoplay::{Autoplay, autoplay};
use crate::browser::media_source::{
    AttachedMediaSource, MediaSourceEvent, MediaSourceSink, is_type_supported,
};
use crate::browser::page;
use crate::browser::source_buffer_queue::QueueError;
use crate::latency::{self, Action, Controller, Playback};
use crate::pipeline::{Output, Track, Warning};
use crate::recovery::{Recovery, Verdict};

/// A media source opens in milliseconds, unless something forbids it.
const OPEN_TIMEOUT: f64 = 3.0;
/// So often the past is trimmed and the seekable range told.
const TRIM_INTERVAL: f64 = 1.0;
/// Less than this is not worth a removal, which runs up to the next keyframe and holds appends up.
const TRIM_STEP: f64 = 5.0;
/// While paused, so much stays ahead of what is trimmed.
const PAUSED_AHEAD: f64 = 10.0;
/// A browser's buffer that is full again this soon needs more room than the past can make.
const QUOTA_FORGOTTEN: f64 = 10.0;

/// A fatal error: its code, and its message.
pub(crate) type Fatal = (&'static str, String);

/// Shows what the pipeline makes on a video element.
pub(crate) struct Presentation {
    video: HtmlVideoElement,
    events: Rc<Events>,
    sink: MediaSourceSink,
    source: Option<AttachedMediaSource>,
    controller: Controller,
    latency_target: Option<f64>,
    back_buffer: f64,
    /// What the user wants, which the element forgets at each new source.
    pub(crate) wants_to_play: bool,
    /// When media last came, on the page's clock.
    pub(crate) last_media: f64,
    /// The pipeline is to start its output over.
    pub(crate) wants_restart: bool,
    /// The pipeline has said which tracks there are since this was last cleared.
    pub(crate) tracks_changed: bool,
    fatal: Option<Fatal>,
    tracks: Vec<Track>,
    skip_to_keyframe: bool,
    has_opened: bool,
    open_warned: bool,
    recovery: Recovery,
    quota_hit_at: f64,
    last_trim: f64,
    buffered: Vec<(f64, f64)>,
    /// The types that the browser does not play.
    unsupported: String,
    warnings: WarningLimiter,
}

impl Presentation {
    pub(crate) fn new(
        video: HtmlVideoElement,
        events: Rc<Events>,
        sink: MediaSourceSink,
        back_buffer: f64,
    ) -> Self {
        Self {
            wants_to_play: !video.paused(),
            video,
            events,
            sink,
            source: None,
            controller: Controller::new(latency::TARGET_WITH_AUDIO),
            latency_target: None,
            back_buffer,
            last_media: f64::NEG_INFINITY,
            wants_restart: false,
            tracks_changed: false,
            fatal: None,
            tracks: Vec::new(),
            skip_to_keyframe: false,
            has_opened: false,
            open_warned: false,
            recovery: Recovery::default(),
            quota_hit_at: f64::NEG_INFINITY,
            last_trim: f64::NEG_INFINITY,
            buffered: Vec::new(),
            unsupported: String::new(),
            warnings: WarningLimiter::default(),
        }
    }

    /// Puts a new media source on the element. It opens while the connection is still on its way.
    pub(crate) fn attach(&mut self, now: f64) {
        match AttachedMediaSource::attach(&self.video, now, self.sink.clone()) {
            Ok(source) => self.source = Some(source),
            Err(message) => self.fatal = Some(("media-source-unsupported", message)),
        }
        self.controller.restart();
        self.recovery.rebuilt(now);
        self.skip_to_keyframe = false;
        if self.wants_to_play {
            self.play();
        }
    }

    /// A fatal error, once.
    pub(crate) fn take_fatal(&mut self) -> Option<Fatal> {
        self.fatal.take()
    }

    /// Sets the latency to aim at, in seconds; none: what suits the tracks.
    pub(crate) fn set_latency_target(&mut self, target: Option<f64>) {
        self.latency_target = target;
        let has_audio = self.tracks.is_empty() || self.tracks.contains(&Track::Audio);
        let own = if has_audio { latency::TARGET_WITH_AUDIO } else { latency::TARGET_VIDEO_ONLY };
        self.controller.set_base(target.unwrap_or(own));
    }

    /// Plays, without sound if the browser wants it so.
    pub(crate) fn play(&mut self) {
        self.wants_to_play = true;
        let (video, events) = (self.video.clone(), self.events.clone());
        spawn_local(async move {
            let muted = match autoplay(&video).await {
                Autoplay::Done => return,
                Autoplay::Muted => true,
                Autoplay::Blocked => false,
            };
            events.emit(Event::AutoplayBlocked { muted });
            events.deliver();
        });
    }

    /// Goes to the live edge, and plays on if the browser had paused in the background.
    pub(crate) fn return_to_live(&mut self) {
        self.controller.jump_to_live();
        if self.wants_to_play && self.video.paused() && self.source.is_some() {
            self.play();
        }
    }

    /// Takes what the pipeline has made.
    pub(crate) fn handle_output(&mut self, output: Output<'_>, now: f64) {
        match output {
            Output::Tracks { video, audio } => self.expect_tracks(video, audio, now),
            Output::Init { track, mime, data } => self.init(track, mime, data, now),
            Output::Fragment { track, data, decode_time, keyframe, set_timestamp_offset, .. } => {
                self.last_media = now;
                let offset = set_timestamp_offset.then_some(decode_time);
                self.append(track, data, keyframe, offset, now);
            }
            Output::Metadata(body) => super::metadata::emit(body, &self.events),
            Output::Discontinuity { jump_ms } => {
                self.events.emit(Event::Discontinuity { jump_ms: jump_ms as f64 });
            }
            Output::Warning(warning) => self.warn(&warning, now),
        }
    }

    /// Takes what the media source tells.
    pub(crate) fn handle_source_event(&mut self, event: MediaSourceEvent, now: f64) {
        let Some(source) = &mut self.source else { return };
        let result = match event {
            MediaSourceEvent::Opened => {
                self.has_opened = true;
                source.opened()
            }
            MediaSourceEvent::Updated(track) => source.pump(track),
            MediaSourceEvent::Failed => {
                // The element's own error has the better message, if it has one.
                let message = self.video.error().map(|error| error.message()).unwrap_or_default();
                Err(QueueError::Refused(message))
            }
        };
        self.settle(result, now);
    }

    /// The element has an error of its own.
    pub(crate) fn handle_element_error(&mut self, now: f64) {
        let Some(error) = self.video.error() else { return };
        if !self.has_opened {
            self.fatal = Some(("media-source-blocked", blocked_message(&error.message())));
            return;
        }
        self.media_failed(&error.message(), now);
    }

    /// Looks after everything that time decides; several times a second.
    pub(crate) fn tick(&mut self, now: f64) {
        if self.recovery.is_due(now) {
            self.attach(now);
            self.wants_restart = true;
        }
        self.watch_opening(now);
        self.read_buffered();
        self.watch_edge(now);
        self.steer(now);
        if now - self.last_trim >= TRIM_INTERVAL {
            self.last_trim = now;
            self.trim(now);
        }
    }

    /// No more media will come.
    pub(crate) fn end(&self) {
        if let Some(source) = &self.source {
            source.end();
        }
    }

    /// How far the playhead is behind the live edge, and how much is buffered ahead without a hole; in seconds.
    pub(crate) fn distances(&mut self) -> (f64, f64) {
        self.read_buffered();
        let time = self.video.current_time();
        let latency = self.buffered.last().map_or(0.0, |&(_, end)| (end - time).max(0.0));
        (latency, latency::ahead(&self.buffered, time))
    }

    /// Media comes over a new connection.
    pub(crate) fn rejoined(&mut self, now: f64) {
        self.controller.rejoined(now);
    }

    pub(crate) fn controller(&self) -> &Controller {
        &self.controller
    }

    fn expect_tracks(&mut self, video: bool, audio: bool, now: f64) {
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

    fn init(&mut self, track: Track, mime: &str, data: &[u8], now: f64) {
        let Some(source) = &mut self.source else { return };
        self.tracks_changed = true;
        if is_type_supported(mime) {
            if self.tracks.contains(&track) {
                let result = source.init(track, mime, data);
                self.settle(result, now);
            } else {
                // It was left out for a codec that it no longer has.
                self.wants_restart = true;
            }
            return;
        }
        if !self.unsupported.contains(mime) {
            self.unsupported.push_str(if self.unsupported.is_empty() { "" } else { ", nor " });
            self.unsupported.push_str(mime);
        }
        let mut message = String::from("this browser cannot play ");
        message.push_str(&self.unsupported);
        self.tracks.retain(|&other| other != track);
        if self.tracks.is_empty() {
            self.fatal = Some(("codec-unsupported", message));
            return;
        }
        if self.warnings.admits(mime, now) {
            self.events.emit(Event::Warning { code: "codec-unsupported", track: Some(track), message });
        }
        let result = source.leave_out(track);
        self.settle(result, now);
        self.set_latency_target(self.latency_target);
    }

    fn append(&mut self, track: Track, data: &[u8], keyframe: bool, offset: Option<f64>, now: f64) {
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

    /// Does what a queue's refusal calls for.
    fn settle(&mut self, result: Result<(), QueueError>, now: f64) {
        match result {
            Ok(()) => {}
            Err(QueueError::QuotaExceeded) => self.make_room(now),
            Err(QueueError::Overflow) => {
                self.skip_to_keyframe = true;
                self.warn_dropped(
                    "the browser took no media for too long: skipping to the next keyframe",
                    now,
                );
            }
            Err(QueueError::Refused(message)) => self.media_failed(&message, now),
        }
    }

    /// The browser's buffer is full: first the past goes, then all that is not the live edge.
    fn make_room(&mut self, now: f64) {
        let Some(source) = &mut self.source else { return };
        let again = now - self.quota_hit_at < QUOTA_FORGOTTEN;
        self.quota_hit_at = now;
        let time = self.video.current_time();
        let result = if again {
            source.drop_waiting_media();
            self.skip_to_keyframe = true;
            self.controller.jump_to_live();
            let edge = self.buffered.last().map_or(time, |&(_, end)| end);
            source.remove_before(edge - 1.0, 0.0, false)
        } else {
            source.remove_before(time - 1.0, 0.0, false)
        };
        self.warn_dropped("the browser's media buffer is full: removing what was played", now);
        // A second refusal comes back at the next append, not here.
        if let Err(QueueError::Refused(message)) = result {
            self.media_failed(&message, now);
        }
    }

    fn warn_dropped(&mut self, message: &str, now: f64) {
        if self.warnings.admits(message, now) {
            self.events.emit(Event::Warning { code: "buffer-full", track: None, message: message.into() });
        }
    }

    /// The media source broke: builds another, at growing intervals, with one error event for all of it.
    fn media_failed(&mut self, message: &str, now: f64) {
        if self.source.is_none() {
            return;
        }
        let message = String::from(if message.is_empty() {
            "the browser could not parse or decode the stream"
        } else {
            message
        });
        match self.recovery.failed(now) {
            Verdict::Rebuild => {
                let (category, fatal) = (Category::Media, false);
                self.events.emit(Event::Error { code: "media", category, fatal, message });
            }
            Verdict::RebuildAgain => {}
            Verdict::GiveUp => self.fatal = Some(("media", message)),
        }
    }

    fn watch_opening(&mut self, now: f64) {
        let Some(source) = &mut self.source else { return };
        if source.is_open() || self.has_opened || self.open_warned {
            return;
        }
        if page::is_hidden() {
            // A page that was opened in the background opens its media when it is first shown.
            source.attached_at = now;
        } else if now - source.attached_at > OPEN_TIMEOUT {
            self.open_warned = true;
            let message = blocked_message("the media source did not open within 3 s");
            let (category, fatal) = (Category::Media, false);
            self.events.emit(Event::Error { code: "media-source-blocked", category, fatal, message });
        }
    }

    /// Media comes, and the buffer does not grow: the browser is stuck, or one track has gone silent, which holds up all.
    fn watch_edge(&mut self, now: f64) {
        let edge = self.buffered.last().map_or(0.0, |&(_, end)| end);
        let takes_media =
            self.source.as_ref().is_some_and(AttachedMediaSource::is_open) && !self.skip_to_keyframe;
        let last_media = if takes_media { self.last_media } else { f64::NEG_INFINITY };
        if self.recovery.is_stuck(edge, last_media, now) {
            self.media_failed("media comes, but the browser's buffer does not grow", now);
        }
    }

    fn steer(&mut self, now: f64) {
        let in_background = page::is_hidden() && !self.tracks.contains(&Track::Audio);
        let playback = Playback {
            now,
            buffered: &self.buffered,
            current_time: self.video.current_time(),
            playing: !self.video.paused() && !self.video.seeking() && !in_background,
        };
        match self.controller.update(&playback) {
            Action::None => {}
            Action::Rate(rate) => self.video.set_playback_rate(rate),
            Action::Seek(time) => {
                self.video.set_current_time(time);
                self.video.set_playback_rate(1.0);
            }
        }
    }

    fn trim(&mut self, now: f64) {
        let Some(source) = &mut self.source else { return };
        let (Some(&(start, _)), Some(&(_, end))) = (self.buffered.first(), self.buffered.last()) else {
            return;
        };
        source.set_seekable(start, end);
        let played = self.video.current_time() - self.back_buffer;
        let stale = end - self.back_buffer - PAUSED_AHEAD;
        let before = if self.video.paused() { played.max(stale) } else { played };
        let result = source.remove_before(before, TRIM_STEP, true);
        self.settle(result, now);
    }

    fn read_buffered(&mut self) {
        self.buffered.clear();
        let ranges = self.video.buffered();
        for index in 0..ranges.length() {
            if let (Ok(start), Ok(end)) = (ranges.start(index), ranges.end(index)) {
                self.buffered.push((start, end));
            }
        }
    }

    fn warn(&mut self, warning: &Warning, now: f64) {
        let (code, track, message) = match warning {
            Warning::UnsupportedCodec { track, codec } => {
                let mut message = String::from("this player does not play ");
                message.push_str(codec);
                ("codec-unsupported", Some(*track), message)
            }
            Warning::Malformed { track, error } => ("malformed", *track, error.to_string()),
        };
        if self.warnings.admits(code, now) {
            self.events.emit(Event::Warning { code, track, message });
        }
    }
}

impl Drop for Presentation {
    fn drop(&mut self) {
        self.video.set_playback_rate(1.0);
    }
}

fn blocked_message(reason: &str) -> String {
    let mut message = String::from(reason);
    message.push_str(" (does the page's Content-Security-Policy allow `media-src blob:`?)");
    message
}
