//! The connection: opening it, watching it, coming back to it.

use alloc::rc::Rc;
use alloc::string::String;

use super::Engine;
use crate::browser::connection::{Connection, ConnectionEvent, ConnectionSink};
use crate::browser::object::error_text;
use crate::browser::page;
use crate::connection_end::ConnectionEnd;
use crate::player::Shared;
use crate::player::event::{Category, Event, StreamState};

/// Where the connection is.
pub(super) enum Link {
    /// There is none, and none is planned.
    Down,
    /// It opens since then.
    Opening { connection: Connection, since: f64 },
    /// It is open; bytes came last then.
    Open { connection: Connection, last_bytes: f64 },
    /// The next attempt is at that time.
    Waiting { until: f64 },
    /// The page was left with a stream on.
    Suspended,
}

impl Engine {
    pub(super) fn connect(&mut self, now: f64) {
        // The old connection first: a browser allows few of them to one server.
        self.link = Link::Down;
        if self.connections > 0 {
            if self.download.is_none() {
                self.pipeline.reconnected();
            }
            self.statistics.reconnects += 1;
        }
        self.open(now);
    }

    pub(super) fn open(&mut self, now: f64) {
        self.link = Link::Down;
        let from = self.first_byte_to_ask_for();
        self.connections += 1;
        self.link_since = now;
        self.link_is_proven = false;
        match Connection::open(&self.url, &self.options.request, from, self.connection_sink()) {
            Ok(connection) => self.link = Link::Opening { connection, since: now },
            Err(error) => self.fail("invalid-url", Category::Network, error_text(&error)),
        }
    }

    fn handle_connection_event(&mut self, event: ConnectionEvent<'_>) {
        let now = page::now();
        match event {
            ConnectionEvent::Opened(answer) => {
                if let Link::Opening { connection, .. } = core::mem::replace(&mut self.link, Link::Down) {
                    self.link = Link::Open { connection, last_bytes: now };
                    self.link_since = now;
                }
                self.hear_answer(answer);
            }
            ConnectionEvent::Bytes(bytes) => self.take_bytes(bytes, now),
            ConnectionEvent::Ended(end) => self.connection_ended(&end, now),
        }
    }

    pub(super) fn watch_link(&mut self, now: f64) {
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

    pub(super) fn connection_ended(&mut self, end: &ConnectionEnd, now: f64) {
        self.link = Link::Down;
        self.link_since = now;
        if *end == ConnectionEnd::Ended && self.download.is_some() {
            return self.file_ended(now);
        }
        if !end.worth_retrying() || (!self.options.reconnect && *end != ConnectionEnd::Ended) {
            return self.fail(end.code(), Category::Network, end.message());
        }
        match end {
            ConnectionEnd::Ended => self.retry_or_end(StreamState::Reconnecting, now),
            ConnectionEnd::NotFound if self.options.live == Some(false) => {
                self.fail(end.code(), Category::Network, end.message());
            }
            ConnectionEnd::NotFound => self.retry_or_end(StreamState::WaitingForStream, now),
            _ => {
                self.report_outage(end.code(), Category::Network, end.message());
                self.retry_or_end(StreamState::Reconnecting, now);
            }
        }
    }

    pub(super) fn retry_or_end(&mut self, state: StreamState, now: f64) {
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
    pub(super) fn report_outage(&mut self, code: &'static str, category: Category, message: String) {
        if !core::mem::replace(&mut self.outage_reported, true) {
            self.events.emit(Event::Error { code, category, fatal: false, message });
        }
    }

    fn connection_sink(&self) -> ConnectionSink {
        let this = self.this.clone();
        Rc::new(move |event: ConnectionEvent<'_>| {
            Shared::enter(&this, |engine| engine.handle_connection_event(event));
        })
    }
}
