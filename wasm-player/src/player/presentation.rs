//! From the pipeline's output to the picture: the media source, its repair, and the distance to the live edge.

mod file;
mod playhead;
mod repair;
mod tracks;

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlVideoElement;

use super::event::{Event, Events};
use super::warnings::WarningLimiter;
use crate::browser::autoplay::{Autoplay, autoplay};
use crate::browser::media_source::{AttachedMediaSource, MediaSourceEvent, MediaSourceSink};
use crate::browser::page;
use crate::browser::source_buffer_queue::QueueError;
use crate::latency::{self, Controller};
use crate::pipeline::{Output, Track, Warning};
use crate::recorder::{Recorded, Recorder};
use crate::recovery::Recovery;
pub(crate) use file::FileView;
use repair::blocked_message;

/// So often the past is trimmed and the seekable range told.
const TRIM_INTERVAL: f64 = 1.0;

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
    /// What is shown is a file.
    pub(crate) file: Option<FileView>,
    pub(crate) recorder: Recorder,
    /// The publisher's clock, and the output time at which it was that, in milliseconds.
    clock: Option<(i64, i64)>,
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
    /// Changes of the rate do more harm here than the latency that they save.
    keeps_rate: bool,
    /// When the element last was where it should be, or had nothing to show there.
    last_not_seeking: f64,
    /// The types that the browser does not play.
    unsupported: Vec<String>,
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
            file: None,
            recorder: Recorder::default(),
            clock: None,
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
            keeps_rate: page::rate_changes_disturb(),
            last_not_seeking: 0.0,
            unsupported: Vec::new(),
            warnings: WarningLimiter::default(),
        }
    }

    /// Puts a new media source on the element. It opens while the connection is still on its way.
    pub(crate) fn attach(&mut self, now: f64) {
        let time = self.video.current_time();
        match AttachedMediaSource::attach(&self.video, now, self.sink.clone()) {
            Ok(source) => self.source = Some(source),
            Err(message) => self.fatal = Some(("media-source-unsupported", message)),
        }
        self.return_to(time);
        self.controller.restart();
        self.recovery.rebuilt(now);
        self.last_not_seeking = now;
        self.skip_to_keyframe = false;
        if self.wants_to_play {
            self.play();
        }
    }

    /// A fatal error, once.
    pub(crate) fn take_fatal(&mut self) -> Option<Fatal> {
        self.fatal.take()
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

    /// The element has no working source, so that what it does is not the user's doing.
    pub(crate) fn is_broken(&self) -> bool {
        self.recovery.is_planned() || self.video.error().is_some()
    }

    /// Goes to the live edge, and plays on if the browser had paused in the background.
    pub(crate) fn return_to_live(&mut self) {
        self.controller.jump_to_live();
        if self.wants_to_play && self.video.paused() && !self.video.ended() && self.source.is_some() {
            self.play();
        }
    }

    /// Takes what the pipeline has made.
    pub(crate) fn handle_output(&mut self, output: Output<'_>, now: f64) {
        let events = &self.events;
        self.recorder.observe(&output, &mut |recorded| tell_recorded(&recorded, events));
        match output {
            Output::Tracks { video, audio } => {
                self.clock = None;
                self.expect_tracks(video, audio, now);
            }
            Output::Clock { then, at } => self.clock = Some((then, at)),
            Output::Init { track, mime, data } => self.init(track, mime, data, now),
            Output::Fragment { track, data, decode_time, keyframe, set_timestamp_offset, duration } => {
                self.last_media = now;
                if let Some(file) = &mut self.file {
                    file.note(track, decode_time, duration, keyframe);
                }
                if self.tracks.first() == Some(&track) {
                    self.controller.arrived(now, decode_time);
                }
                let offset = set_timestamp_offset.then_some(decode_time);
                self.append(track, data, keyframe, offset, now);
            }
            Output::Metadata(body) => {
                if let Some(metadata) = super::metadata::parse(body) {
                    self.hear_metadata(&metadata);
                    super::metadata::emit(metadata, &self.events);
                }
            }
            Output::Discontinuity { jump_ms } => {
                self.clock = None;
                self.controller.clock_changed();
                self.events.emit(Event::Discontinuity { jump_ms: jump_ms as f64 });
            }
            Output::Warning(warning) => self.warn(&warning, now),
        }
    }

    /// Hands the browser what the outputs so far have brought.
    pub(crate) fn hand_over(&mut self, now: f64) {
        if let Some(source) = &mut self.source {
            let result = source.hand_over();
            self.settle(result, now);
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
        if self.file.is_some() {
            self.tick_file(now);
        } else {
            self.watch_edge(now);
        }
        self.steer(now);
        if now - self.last_trim >= TRIM_INTERVAL {
            self.last_trim = now;
            self.trim(now);
        }
    }

    /// Ends the file that is recorded, if there is one.
    pub(crate) fn stop_recording(&mut self) {
        let events = &self.events;
        self.recorder.stop(&mut |recorded| tell_recorded(&recorded, events));
    }

    /// No more media will come.
    pub(crate) fn end(&self) {
        if let Some(source) = &self.source {
            source.end();
        }
    }

    /// Media comes over a new connection.
    pub(crate) fn rejoined(&mut self, now: f64) {
        self.controller.rejoined(now);
    }

    pub(crate) fn controller(&self) -> &Controller {
        &self.controller
    }

    fn warn(&mut self, warning: &Warning, now: f64) {
        let (code, track, message) = match warning {
            Warning::UnsupportedCodec { track, codec } => {
                let mut message = String::from("this player does not play ");
                message.push_str(codec);
                ("codec-unsupported", Some(*track), message)
            }
            Warning::Malformed { track, error } => ("malformed", *track, error.message()),
        };
        if self.warnings.admits(code, now) {
            self.events.emit(Event::Warning { code, track, message });
        }
    }
}

fn tell_recorded(recorded: &Recorded<'_>, events: &Events) {
    events.emit(Event::Recorded(match recorded {
        Recorded::Bytes(bytes) => Uint8Array::from(*bytes).into(),
        Recorded::End => JsValue::NULL,
    }));
}

impl Drop for Presentation {
    fn drop(&mut self) {
        self.stop_recording();
        self.video.set_playback_rate(1.0);
    }
}
