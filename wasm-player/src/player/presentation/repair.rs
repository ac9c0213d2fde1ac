//! What the browser refuses, and what is done about it.

use alloc::string::String;

use super::Presentation;
use crate::browser::media_source::AttachedMediaSource;
use crate::browser::page;
use crate::browser::source_buffer_queue::QueueError;
use crate::player::event::{Category, Event};
use crate::recovery::Verdict;

/// A media source opens in milliseconds, unless something forbids it.
const OPEN_TIMEOUT: f64 = 3.0;
/// A browser's buffer that is full again this soon needs more room than the past can make.
const QUOTA_FORGOTTEN: f64 = 10.0;

impl Presentation {
    /// Does what a queue's refusal calls for.
    pub(super) fn settle(&mut self, result: Result<(), QueueError>, now: f64) {
        match result {
            Ok(()) => {}
            Err(QueueError::QuotaExceeded) if self.file.is_some() => self.make_room_in_file(),
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
    pub(super) fn media_failed(&mut self, message: &str, now: f64) {
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

    pub(super) fn watch_opening(&mut self, now: f64) {
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
    pub(super) fn watch_edge(&mut self, now: f64) {
        let edge = self.buffered.last().map_or(0.0, |&(_, end)| end);
        let takes_media =
            self.source.as_ref().is_some_and(AttachedMediaSource::is_open) && !self.skip_to_keyframe;
        let last_media = if takes_media { self.last_media } else { f64::NEG_INFINITY };
        if self.recovery.is_stuck(edge, last_media, now) {
            self.media_failed("media comes, but the browser's buffer does not grow", now);
        }
    }
}

pub(super) fn blocked_message(reason: &str) -> String {
    let mut message = String::from(reason);
    message.push_str(" (does the page's Content-Security-Policy allow `media-src blob:`?)");
    message
}
