//! From the bytes that come in to the media that is shown.

use js_sys::Uint8Array;

use super::Engine;
use super::link::Link;
use crate::pipeline::{Output, Pipeline};
use crate::player::event::{Category, Event, StreamState};

/// A larger chunk is taken in pieces of this size, so that the buffer for it stays small.
const RECEIVE_MAX: u32 = 256 << 10;
/// After so long without media on an open connection, the publisher is taken to be away.
const PUBLISHER_AWAY: f64 = 2.0;
/// So many connections in a row that bring no FLV, and the URL is no stream.
const FORMAT_FAILURES_MAX: u32 = 3;

impl Engine {
    pub(super) fn take_bytes(&mut self, bytes: &Uint8Array, now: f64) {
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
            let goes_on = if self.download.is_some() {
                self.push_of_file(length, now)
            } else {
                let receive = core::mem::take(&mut self.receive);
                let goes_on = self.push(&receive[..length], now);
                self.receive = receive;
                goes_on
            };
            if !goes_on {
                return;
            }
        }
        self.after_media(now);
    }

    /// Feeds the pipeline; says whether the connection is still of use.
    pub(super) fn push(&mut self, bytes: &[u8], now: f64) -> bool {
        let mut failure = None;
        self.run_pipeline(now, |pipeline, sink| {
            failure = pipeline.push(bytes, now * 1000.0, sink).err();
        });
        let Some(error) = failure else { return !matches!(self.link, Link::Down) };
        self.format_failures += 1;
        let message = error.message();
        if self.format_failures >= FORMAT_FAILURES_MAX {
            self.fail("format", Category::Media, message);
        } else {
            self.report_outage("format", Category::Media, message);
            self.retry_or_end(StreamState::Reconnecting, now);
        }
        false
    }

    /// Lends the pipeline what its output goes to, and starts its output over if that asks for it.
    pub(super) fn run_pipeline(
        &mut self,
        now: f64,
        run: impl FnOnce(&mut Pipeline, &mut dyn FnMut(Output<'_>)),
    ) {
        let Some(presentation) = &mut self.presentation else { return };
        let statistics = &mut self.statistics;
        run(&mut self.pipeline, &mut |output| {
            if let Output::Fragment { track, decode_time, .. } = output {
                statistics.count_fragment(track, decode_time);
            }
            presentation.handle_output(output, now);
        });
        presentation.hand_over(now);
    }

    /// Follows up on what media, or the lack of it, has led to.
    pub(super) fn after_media(&mut self, now: f64) {
        if self.fail_if_fatal() || self.state == StreamState::Failed {
            return;
        }
        let Some(presentation) = &mut self.presentation else { return };
        if core::mem::take(&mut presentation.wants_restart) {
            self.pipeline.restart_output();
        }
        let tracks_changed = core::mem::take(&mut presentation.tracks_changed);
        let last_media = presentation.last_media;
        if tracks_changed {
            self.info = self.pipeline.info();
            self.events.emit(Event::Tracks(self.info.clone()));
        }
        if !matches!(self.link, Link::Open { .. }) {
            return;
        }
        if last_media >= self.link_since && !core::mem::replace(&mut self.link_is_proven, true) {
            presentation.rejoined(now);
            self.backoff.reset();
            self.not_found_backoff.reset();
            self.format_failures = 0;
            self.outage_reported = false;
        }
        if last_media >= self.link_since && now - last_media < PUBLISHER_AWAY {
            self.set_state(StreamState::Playing);
        } else if self.download.is_none() && now - last_media.max(self.link_since) >= PUBLISHER_AWAY {
            self.set_state(StreamState::WaitingForStream);
        }
    }
}
