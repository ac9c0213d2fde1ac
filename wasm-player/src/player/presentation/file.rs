//! A file on the element: its duration, its end, and seeks.

use flvgate_media::amf0::Value;

use super::Presentation;
use crate::pipeline::Track;
use crate::vod::{File, way_out};

/// A place this close before what is buffered counts as buffered, in seconds.
const START_TOLERANCE: f64 = 0.1;
/// A place this close behind what is buffered comes by itself, in seconds.
const SOON: f64 = 2.0;

/// Not more is loaded before the media source is open, in seconds.
const EARLY_MAX: f64 = 4.0;

/// What is loaded right after a seek.
const NOTHING: (f64, f64) = (f64::INFINITY, 0.0);

/// A file that is shown.
pub(crate) struct FileView {
    pub(crate) file: File,
    /// Start and end of what was made of it since the last seek, in seconds.
    pub(crate) loaded: (f64, f64),
    /// What the element still has may be from before that.
    is_flushing: bool,
    /// Where the playhead was at the last look.
    stands_at: f64,
    /// The first keyframe since this was last taken, in seconds.
    pub(crate) keyframe: Option<f64>,
    /// All of it was loaded; the element does not know yet.
    pub(crate) is_complete: bool,
    /// The browser takes no more before something was played.
    is_full: bool,
    /// The element was put back to where it was; what it needs there is to be loaded.
    pub(crate) wants_seek: bool,
}

impl FileView {
    pub(super) fn note(&mut self, track: Track, decode_time: f64, duration: f64, keyframe: bool) {
        let (start, end) = self.loaded;
        self.loaded = (start.min(decode_time), end.max(decode_time + duration));
        if keyframe && track == Track::Video {
            self.keyframe.get_or_insert(decode_time);
        }
    }
}

impl Presentation {
    /// What will be shown is a file.
    pub(crate) fn show_file(&mut self, file: File) {
        self.file = Some(FileView {
            file,
            loaded: NOTHING,
            is_flushing: false,
            stands_at: f64::NAN,
            keyframe: None,
            is_complete: false,
            is_full: false,
            wants_seek: false,
        });
    }

    /// Tells the element how long the file is, if that is known.
    pub(crate) fn tell_duration(&mut self) {
        let duration = self.file.as_ref().and_then(|view| view.file.duration());
        if let (Some(duration), Some(source)) = (duration, &mut self.source) {
            source.set_duration(duration as f64 / 1000.0);
        }
    }

    /// Whether the element has media for `time`, in seconds, or gets it soon without doing anything.
    pub(crate) fn has_media_at(&mut self, time: f64) -> bool {
        self.read_buffered();
        let Some(view) = &self.file else { return true };
        let soon = if view.is_complete { 0.0 } else { SOON };
        if view.is_flushing {
            return view.loaded.0 <= time && time <= view.loaded.1 + soon;
        }
        let last = self.buffered.len().saturating_sub(1);
        self.buffered.iter().enumerate().any(|(index, &(start, end))| {
            let end = if index == last { end + soon } else { end };
            start - START_TOLERANCE <= time && time <= end
        })
    }

    /// Forgets all media: what comes next is from elsewhere in the file.
    pub(crate) fn flush(&mut self, now: f64) {
        if let Some(view) = &mut self.file {
            (view.loaded, view.is_flushing) = (NOTHING, true);
            (view.keyframe, view.is_complete, view.is_full) = (None, false, false);
        }
        if let Some(source) = &mut self.source {
            let result = source.flush();
            self.settle(result, now);
        }
    }

    pub(super) fn hear_metadata(&mut self, metadata: &Value) {
        if let Some(view) = &mut self.file {
            view.file.hear_metadata(metadata);
            self.tell_duration();
        }
    }

    /// A new media source starts at 0; goes back to where the old one was.
    pub(super) fn return_to(&mut self, time: f64) {
        if let Some(view) = &mut self.file {
            view.wants_seek = true;
            self.video.set_current_time(time);
            self.tell_duration();
        }
    }

    pub(super) fn tick_file(&mut self, now: f64) {
        let (Some(view), Some(source)) = (&mut self.file, &mut self.source) else { return };
        source.apply_duration();
        if view.is_full {
            let result = source.remove_before(self.video.current_time() - 1.0, 0.0, false);
            view.is_full = false;
            let result = result.and_then(|()| source.pump_all());
            return self.settle(result, now);
        }
        if !source.is_idle() {
            return;
        }
        view.is_flushing = false;
        if view.is_complete && source.is_open() {
            source.end();
        }
    }

    /// Whether the browser takes no more for now.
    pub(crate) fn is_full(&self) -> bool {
        let (Some(view), Some(source)) = (&self.file, &self.source) else { return false };
        view.is_full || (source.is_early() && view.loaded.1 - view.loaded.0 > EARLY_MAX)
    }

    /// Leads the playhead out of a hole in which it has stood for a while.
    pub(crate) fn leave_hole(&mut self) {
        let (Some(view), Some(source)) = (&mut self.file, &self.source) else { return };
        let time = self.video.current_time();
        let stands = core::mem::replace(&mut view.stands_at, time) == time;
        let seeks = self.video.seeking();
        if !stands || !source.is_idle() || (self.video.paused() && !seeks) {
            return;
        }
        match way_out(&self.buffered, time) {
            // A seek leads to a keyframe not long before it; what lies far behind it is from before the seek.
            Some(start) if !seeks || start - time < SOON => self.video.set_current_time(start),
            _ => view.wants_seek = seeks && !view.is_complete,
        }
    }

    /// The browser's buffer is full: loading pauses until there is room.
    pub(super) fn make_room_in_file(&mut self) {
        if let Some(view) = &mut self.file {
            view.is_full = true;
        }
    }
}
