//! The player's state and what acts on it: the page, the clock, the user.

mod file;
mod intake;
mod link;
mod stats;

use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;

use web_sys::HtmlVideoElement;

use super::Shared;
use super::event::{Category, Event, Events, StreamState};
use super::options::Options;
use super::presentation::Presentation;
use crate::backoff::Backoff;
use crate::browser::media_source::{MediaSourceEvent, MediaSourceSink, is_type_supported};
use crate::browser::page::{self, PageEvent};
use crate::pipeline::{Info, Pipeline, Track};
use crate::statistics::Statistics;
use file::Download;
use link::Link;

/// The waits after a lost connection, in seconds.
const RECONNECT_WAITS: (f64, f64) = (0.25, 8.0);
/// The waits while there is no such stream: shorter, because its publisher may start at any moment.
const NOT_FOUND_WAITS: (f64, f64) = (0.5, 2.0);

/// All of the player that changes.
pub(crate) struct Engine {
    this: Weak<Shared>,
    video: HtmlVideoElement,
    events: Rc<Events>,
    pub(crate) options: Options,
    url: String,
    state: StreamState,
    link: Link,
    /// How a file is fetched; none for a live stream, or before it is known what this is.
    download: Option<Download>,
    /// It was decided whether this is a file.
    is_known: bool,
    pipeline: Pipeline,
    presentation: Option<Presentation>,
    statistics: Statistics,
    info: Info,
    receive: Vec<u8>,
    backoff: Backoff,
    not_found_backoff: Backoff,
    connections: u32,
    /// When the link's present connection was opened, or lost.
    link_since: f64,
    /// The present connection has brought media.
    link_is_proven: bool,
    outage_reported: bool,
    format_failures: u32,
}

impl Engine {
    pub(crate) fn new(
        this: Weak<Shared>,
        video: HtmlVideoElement,
        events: Rc<Events>,
        options: Options,
    ) -> Self {
        Self {
            this,
            video,
            events,
            options,
            url: String::new(),
            state: StreamState::Idle,
            link: Link::Down,
            download: None,
            is_known: false,
            pipeline: Pipeline::new(),
            presentation: None,
            statistics: Statistics::default(),
            info: Info::default(),
            receive: Vec::new(),
            backoff: Backoff::new(RECONNECT_WAITS.0, RECONNECT_WAITS.1),
            not_found_backoff: Backoff::new(NOT_FOUND_WAITS.0, NOT_FOUND_WAITS.1),
            connections: 0,
            link_since: 0.0,
            link_is_proven: false,
            outage_reported: false,
            format_failures: 0,
        }
    }

    /// Starts to play a URL from nothing.
    pub(crate) fn load(&mut self, url: &str) {
        self.stop();
        let now = page::now();
        self.url = url.into();
        self.pipeline = Pipeline::new();
        for (track, track_id) in [Track::Video, Track::Audio].into_iter().zip(self.options.track_ids) {
            self.pipeline.select_track(track, track_id);
        }
        // Firefox takes MP3 in no other form, and a recording has no other.
        self.pipeline.wrap_mp3(is_type_supported(&self.video, "audio/mp4; codecs=\"mp3\""));
        self.info = Info::default();
        self.statistics = Statistics::new(now);
        self.backoff.reset();
        self.not_found_backoff.reset();
        self.connections = 0;
        self.is_known = false;
        self.format_failures = 0;
        self.outage_reported = false;
        let sink = self.media_source_sink();
        let back_buffer = self.options.back_buffer;
        let mut presentation = Presentation::new(self.video.clone(), self.events.clone(), sink, back_buffer);
        presentation.set_latency_target(self.options.latency_target);
        presentation.wants_to_play |= self.options.autoplay;
        presentation.attach(now);
        self.presentation = Some(presentation);
        self.set_state(StreamState::Connecting);
        if !self.fail_if_fatal() {
            self.connect(now);
        }
    }

    /// Closes the connection, and takes the stream off the element.
    pub(crate) fn stop(&mut self) {
        self.link = Link::Down;
        self.download = None;
        self.presentation = None;
        self.set_state(StreamState::Idle);
    }

    /// Sets the latency to aim at, in seconds; none: what suits the tracks.
    pub(crate) fn set_latency_target(&mut self, target: Option<f64>) {
        self.options.latency_target = target;
        if let Some(presentation) = &mut self.presentation {
            presentation.set_latency_target(target);
        }
    }

    /// Goes to the live edge.
    pub(crate) fn jump_to_live(&mut self) {
        if let Some(presentation) = &mut self.presentation {
            presentation.return_to_live();
        }
    }

    /// Everything that time decides; several times a second.
    pub(crate) fn tick(&mut self) {
        if self.state == StreamState::Failed {
            return;
        }
        let now = page::now();
        self.run_pipeline(now, |pipeline, sink| {
            pipeline.tick(now * 1000.0, sink);
        });
        if let Some(presentation) = &mut self.presentation {
            presentation.tick(now);
        }
        self.after_media(now);
        self.tick_file(now);
        self.watch_link(now);
        if self.presentation.is_some() && self.statistics.tick(now) {
            let stats = self.stats();
            self.events.emit(Event::Stats(stats));
        }
    }

    /// Takes what happens to the page.
    pub(crate) fn handle_page_event(&mut self, event: PageEvent) {
        let now = page::now();
        match event {
            PageEvent::Turned => {
                if page::is_hidden() {
                    return;
                }
                self.jump_to_live();
            }
            PageEvent::Left => {
                if !matches!(self.link, Link::Down) {
                    self.link = Link::Suspended;
                }
                return;
            }
            PageEvent::Restored => {
                if matches!(self.link, Link::Suspended) {
                    self.jump_to_live();
                    self.connect(now);
                }
            }
            PageEvent::Online => {
                if matches!(self.link, Link::Waiting { .. }) {
                    self.connect(now);
                }
            }
        }
        self.tick();
    }

    /// The user or the page played or paused the element.
    pub(crate) fn handle_play_state(&mut self, playing: bool) {
        // A pause in the background, or at an error, is the browser's, not the user's.
        if let Some(presentation) = &mut self.presentation
            && (playing || !(page::is_hidden() || presentation.is_broken()))
        {
            presentation.wants_to_play = playing;
        }
    }

    /// The user or the page wants to see another place.
    pub(crate) fn handle_seeking(&mut self) {
        self.seek_in_file(page::now());
    }

    /// The element has nothing to show next.
    pub(crate) fn handle_waiting(&mut self) {
        if let Some(presentation) = &mut self.presentation {
            presentation.handle_waiting(page::now());
        }
    }

    /// The element reports an error.
    pub(crate) fn handle_element_error(&mut self) {
        if let Some(presentation) = &mut self.presentation {
            presentation.handle_element_error(page::now());
        }
        self.fail_if_fatal();
    }

    /// Notes how long the player's own code has run, in seconds.
    pub(crate) fn count_busy(&mut self, seconds: f64) {
        self.statistics.count_busy(seconds);
    }

    /// Does something to what is shown, if anything is loaded.
    pub(crate) fn presentation_mut(&mut self, action: impl FnOnce(&mut Presentation)) {
        if let Some(presentation) = &mut self.presentation {
            action(presentation);
        }
    }

    fn fail_if_fatal(&mut self) -> bool {
        let fatal = self.presentation.as_mut().and_then(Presentation::take_fatal);
        let failed = fatal.is_some();
        if let Some((code, message)) = fatal {
            self.fail(code, Category::Media, message);
        }
        failed
    }

    /// Gives up until the next load; what is on the screen stays there.
    fn fail(&mut self, code: &'static str, category: Category, message: String) {
        self.link = Link::Down;
        self.events.emit(Event::Error { code, category, fatal: true, message });
        self.set_state(StreamState::Failed);
    }

    fn set_state(&mut self, state: StreamState) {
        if self.state != state {
            self.state = state;
            self.events.emit(Event::State { state, attempt: 0, retry_in: 0.0 });
        }
    }

    fn media_source_sink(&self) -> MediaSourceSink {
        let this = self.this.clone();
        Rc::new(move |event: MediaSourceEvent| {
            Shared::enter(&this, |engine| {
                let now = page::now();
                if let Some(presentation) = &mut engine.presentation {
                    presentation.handle_source_event(event, now);
                }
                engine.after_media(now);
            });
        })
    }
}
