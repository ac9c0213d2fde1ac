//! The connection to the server: opening it, watching it, coming back to it.

use std::rc::{Rc, Weak};

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::HtmlVideoElement;

use super::Shared;
use super::event::{Category, Event, Events, StreamState};
use super::options::Options;
use super::presentation::Presentation;
use crate::backoff::Backoff;
use crate::browser::connection::{Connection, ConnectionEvent, ConnectionSink, is_websocket};
use crate::browser::media_source::{MediaSourceEvent, MediaSourceSink};
use crate::browser::object::{ObjectBuilder, error_text};
use crate::browser::page::{self, PageEvent};
use crate::connection_end::ConnectionEnd;
use crate::pipeline::{Info, Output, Pipeline};
use crate::statistics::Statistics;

/// A larger chunk is taken in pieces of this size, so that the buffer for it stays small.
const RECEIVE_MAX: u32 = 256 << 10;
/// The waits after a lost connection, in seconds.
const RECONNECT_WAITS: (f64, f64) = (0.25, 8.0);
/// The waits while there is no such stream: shorter, because its publisher may start at any moment.
const NOT_FOUND_WAITS: (f64, f64) = (0.5, 2.0);
/// After so long without media on an open connection, the publisher is taken to be away.
const PUBLISHER_AWAY: f64 = 2.0;
/// So many connections in a row that bring no FLV, and the URL is no stream.
const FORMAT_FAILURES_MAX: u32 = 3;

/// Where the connection is.
enum Link {
    /// There is none, and none is planned.
    Down,
    /// It opens since then.
    Opening { _connection: Connection, since: f64 },
    /// It is open; bytes came last then.
    Open { _connection: Connection, last_bytes: f64 },
    /// The next attempt is at that time.
    Waiting { until: f64 },
    /// The page was left with a stream on.
    Suspended,
}

/// All of the player that changes.
pub(crate) struct Engine {
    this: Weak<Shared>,
    video: HtmlVideoElement,
    events: Rc<Events>,
    pub(crate) options: Options,
    url: String,
    state: StreamState,
    link: Link,
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
        self.info = Info::default();
        self.statistics = Statistics::new(now);
        self.backoff.reset();
        self.not_found_backoff.reset();
        self.connections = 0;
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
            PageEvent::Shown => self.jump_to_live(),
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
        // A pause in the background is the browser's, not the user's.
        if let Some(presentation) = &mut self.presentation
            && (playing || !page::is_hidden())
        {
            presentation.wants_to_play = playing;
        }
    }

    /// The element reports an error.
    pub(crate) fn handle_element_error(&mut self) {
        if let Some(presentation) = &mut self.presentation {
            presentation.handle_element_error(page::now());
        }
        self.fail_if_fatal();
    }

    /// What is playing, and how well.
    pub(crate) fn stats(&mut self) -> JsValue {
        let (latency, ahead) = self.presentation.as_mut().map_or((0.0, 0.0), Presentation::distances);
        let controller = self.presentation.as_ref().map(Presentation::controller);
        let quality = self.video.get_video_playback_quality();
        let text = |text: &Option<String>| text.as_deref().map_or(JsValue::NULL, JsValue::from_str);
        ObjectBuilder::new()
            .set("url", self.url.as_str())
            .set("transport", if is_websocket(&self.url) { "websocket-flv" } else { "http-flv" })
            .set("state", self.state.name())
            .set("videoCodec", text(&self.info.video_codec))
            .set("audioCodec", text(&self.info.audio_codec))
            .set("width", self.info.width)
            .set("height", self.info.height)
            .set("sampleRate", self.info.sample_rate)
            .set("channels", self.info.channels)
            .set("framesPerSecond", self.statistics.frames_per_second)
            .set("kilobitsPerSecond", self.statistics.kilobits_per_second)
            .set("bytesReceived", self.statistics.bytes_received)
            .set("latency", latency)
            .set("targetLatency", controller.map_or(0.0, |controller| controller.target()))
            .set("bufferAhead", ahead)
            .set("playbackRate", self.video.playback_rate())
            .set("decodedFrames", quality.total_video_frames())
            .set("droppedFrames", quality.dropped_video_frames())
            .set("stalls", controller.map_or(0, |controller| controller.stalls()))
            .set("reconnects", self.statistics.reconnects)
            .build()
    }

    fn connect(&mut self, now: f64) {
        // The old connection first: a browser allows few of them to one server.
        self.link = Link::Down;
        if self.connections > 0 {
            self.pipeline.reconnected();
            self.statistics.reconnects += 1;
        }
        self.connections += 1;
        self.link_since = now;
        self.link_is_proven = false;
        match Connection::open(&self.url, &self.options.request, self.connection_sink()) {
            Ok(connection) => self.link = Link::Opening { _connection: connection, since: now },
            Err(error) => self.fail("invalid-url", Category::Network, error_text(&error)),
        }
    }

    fn handle_connection_event(&mut self, event: ConnectionEvent<'_>) {
        let now = page::now();
        match event {
            ConnectionEvent::Opened => {
                if let Link::Opening { _connection: connection, .. } =
                    std::mem::replace(&mut self.link, Link::Down)
                {
                    self.link = Link::Open { _connection: connection, last_bytes: now };
                    self.link_since = now;
                }
            }
            ConnectionEvent::Bytes(bytes) => self.take_bytes(bytes, now),
            ConnectionEvent::Ended(end) => self.connection_ended(&end, now),
        }
    }

    fn take_bytes(&mut self, bytes: &Uint8Array, now: f64) {
        if let Link::Open { last_bytes, .. } = &mut self.link {
            *last_bytes = now;
        }
        self.statistics.count_bytes(bytes.length() as usize);
        let mut offset = 0;
        while offset < bytes.length() {
            let end = bytes.length().min(offset + RECEIVE_MAX);
            let length = (end - offset) as usize;
            if self.receive.len() < length {
                self.receive.resize(length, 0);
            }
            if length == bytes.length() as usize {
                bytes.copy_to(&mut self.receive[..length]);
            } else {
                bytes.subarray(offset, end).copy_to(&mut self.receive[..length]);
            }
            offset = end;
            if !self.push(length, now) {
                return;
            }
        }
        self.after_media(now);
    }

    /// Feeds the pipeline; says whether the connection is still of use.
    fn push(&mut self, length: usize, now: f64) -> bool {
        let receive = std::mem::take(&mut self.receive);
        let mut failure = None;
        self.run_pipeline(now, |pipeline, sink| {
            failure = pipeline.push(&receive[..length], now * 1000.0, sink).err();
        });
        self.receive = receive;
        let Some(error) = failure else { return !matches!(self.link, Link::Down) };
        self.format_failures += 1;
        let message = error.to_string();
        if self.format_failures >= FORMAT_FAILURES_MAX {
            self.fail("format", Category::Media, message);
        } else {
            self.report_outage("format", Category::Media, message);
            self.retry_or_end(StreamState::Reconnecting, now);
        }
        false
    }

    /// Lends the pipeline what its output goes to, and starts its output over if that asks for it.
    fn run_pipeline(&mut self, now: f64, run: impl FnOnce(&mut Pipeline, &mut dyn FnMut(Output<'_>))) {
        let Some(presentation) = &mut self.presentation else { return };
        let statistics = &mut self.statistics;
        run(&mut self.pipeline, &mut |output| {
            if let Output::Fragment { track, decode_time, .. } = output {
                statistics.count_fragment(track, decode_time);
            }
            presentation.handle_output(output, now);
        });
    }

    /// Follows up on what media, or the lack of it, has led to.
    fn after_media(&mut self, now: f64) {
        if self.fail_if_fatal() || self.state == StreamState::Failed {
            return;
        }
        let Some(presentation) = &mut self.presentation else { return };
        if std::mem::take(&mut presentation.wants_restart) {
            self.pipeline.restart_output();
        }
        let tracks_changed = std::mem::take(&mut presentation.tracks_changed);
        let last_media = presentation.last_media;
        if tracks_changed {
            self.info = self.pipeline.info();
            self.events.emit(Event::Tracks(self.info.clone()));
        }
        if !matches!(self.link, Link::Open { .. }) {
            return;
        }
        if last_media >= self.link_since && !std::mem::replace(&mut self.link_is_proven, true) {
            presentation.rejoined(now);
            self.backoff.reset();
            self.not_found_backoff.reset();
            self.format_failures = 0;
            self.outage_reported = false;
        }
        if last_media >= self.link_since && now - last_media < PUBLISHER_AWAY {
            self.set_state(StreamState::Playing);
        } else if now - last_media.max(self.link_since) >= PUBLISHER_AWAY {
            self.set_state(StreamState::WaitingForStream);
        }
    }

    fn watch_link(&mut self, now: f64) {
        match &self.link {
            Link::Opening { since, .. } if now - since > self.options.connect_timeout => {
                self.connection_ended(&ConnectionEnd::ConnectTimeout, now);
            }
            Link::Open { last_bytes, .. } if now - last_bytes > self.options.idle_timeout => {
                self.connection_ended(&ConnectionEnd::IdleTimeout, now);
            }
            Link::Waiting { until } if now >= *until => self.connect(now),
            _ => {}
        }
    }

    fn connection_ended(&mut self, end: &ConnectionEnd, now: f64) {
        self.link = Link::Down;
        self.link_since = now;
        if !end.worth_retrying() || (!self.options.reconnect && *end != ConnectionEnd::Ended) {
            return self.fail(end.code(), Category::Network, end.message());
        }
        match end {
            ConnectionEnd::Ended => self.retry_or_end(StreamState::Reconnecting, now),
            ConnectionEnd::NotFound => self.retry_or_end(StreamState::WaitingForStream, now),
            _ => {
                self.report_outage(end.code(), Category::Network, end.message());
                self.retry_or_end(StreamState::Reconnecting, now);
            }
        }
    }

    fn retry_or_end(&mut self, state: StreamState, now: f64) {
        self.link = Link::Down;
        if !self.options.reconnect {
            if let Some(presentation) = &self.presentation {
                presentation.end();
            }
            return self.set_state(StreamState::Ended);
        }
        let backoff = if state == StreamState::WaitingForStream {
            &mut self.not_found_backoff
        } else {
            &mut self.backoff
        };
        let retry_in = backoff.next_wait(js_sys::Math::random());
        let attempt = backoff.attempts();
        self.link = Link::Waiting { until: now + retry_in };
        if state == StreamState::Reconnecting || self.state != state {
            self.state = state;
            self.events.emit(Event::State { state, attempt, retry_in });
        }
    }

    /// One error event for an outage, however many attempts it takes to get over it.
    fn report_outage(&mut self, code: &'static str, category: Category, message: String) {
        if !std::mem::replace(&mut self.outage_reported, true) {
            self.events.emit(Event::Error { code, category, fatal: false, message });
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

    fn connection_sink(&self) -> ConnectionSink {
        let this = self.this.clone();
        Rc::new(move |event: ConnectionEvent<'_>| {
            Shared::enter(&this, |engine| engine.handle_connection_event(event));
        })
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
