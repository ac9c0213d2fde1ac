//! A file: what of it is asked for, and what is done with what comes.

use alloc::rc::Rc;
use alloc::vec::Vec;

use js_sys::Uint8Array;

use super::Engine;
use super::link::Link;
use crate::browser::connection::{Connection, ConnectionEvent, ConnectionSink};
use crate::connection_end::ConnectionEnd;
use crate::player::Shared;
use crate::player::event::{Event, StreamState};
use crate::vod::{Answer, File, Seek, Step};

/// Seeks that come faster, as from a slider that is dragged, are one.
const SEEK_INTERVAL: f64 = 0.25;

/// The most that is kept of a file's end, in bytes.
const TAIL_MAX: usize = 1 << 20;

/// How a file is fetched.
pub(super) struct Download {
    /// Bytes of the body that come before what is wanted, because the server sends no parts.
    skip: u64,
    /// Where the next byte of the body stands in the file.
    position: u64,
    seek: Option<Seek>,
    /// The playhead was moved to where nothing is.
    seek_is_due: bool,
    last_seek: f64,
    /// The file's clock was told to what counts by it.
    has_started: bool,
    tail: Option<Connection>,
    tail_bytes: Vec<u8>,
}

impl Engine {
    /// Where the next request begins, in bytes; also makes ready for the answer.
    pub(super) fn first_byte_to_ask_for(&mut self) -> u64 {
        let Some(download) = &mut self.download else { return 0 };
        let wanted = if let Some(seek) = &mut download.seek {
            seek.restart();
            seek.position()
        } else {
            self.pipeline.resume();
            self.pipeline.position()
        };
        download.position = wanted;
        let view = self.presentation.as_ref().and_then(|presentation| presentation.file.as_ref());
        let from = if view.is_some_and(|view| view.file.takes_ranges()) { wanted } else { 0 };
        download.skip = wanted - from;
        from
    }

    /// Takes the head of an answer; the first says whether this is a file.
    pub(super) fn hear_answer(&mut self, answer: Answer) {
        let Some(presentation) = &mut self.presentation else { return };
        if let (Some(download), Some(view)) = (&mut self.download, &mut presentation.file) {
            if download.position > download.skip && !answer.is_part {
                view.file.refuse_ranges();
                download.skip = download.position;
            }
            return;
        }
        if core::mem::replace(&mut self.is_known, true) {
            return;
        }
        let file = File::of(answer, self.options.live);
        self.events.emit(Event::StreamType { live: file.is_none() });
        if let Some(file) = file {
            self.pipeline.keep_file_time();
            presentation.show_file(file);
            self.download = Some(Download {
                skip: 0,
                position: 0,
                seek: None,
                seek_is_due: false,
                last_seek: f64::NEG_INFINITY,
                has_started: false,
                tail: None,
                tail_bytes: Vec::new(),
            });
        }
    }

    /// Takes so many of the received bytes; says whether the connection is still of use.
    pub(super) fn push_of_file(&mut self, length: usize, now: f64) -> bool {
        let receive = core::mem::take(&mut self.receive);
        let goes_on = self.take_of_file(&receive[..length], now);
        self.receive = receive;
        goes_on
    }

    fn take_of_file(&mut self, bytes: &[u8], now: f64) -> bool {
        let Some(download) = &mut self.download else { return false };
        let skipped = usize::try_from(download.skip).unwrap_or(usize::MAX).min(bytes.len());
        download.skip -= skipped as u64;
        let bytes = &bytes[skipped..];
        download.position += bytes.len() as u64;
        if let Some(seek) = &mut download.seek {
            let with_video = self.pipeline.info().video_codec.is_some();
            match seek.take(bytes, self.pipeline.file_offset().unwrap_or(0), with_video) {
                Step::Wait => return true,
                Step::Fetch => {
                    self.open(now);
                    return false;
                }
                Step::Play { position, bytes } => {
                    download.seek = None;
                    self.pipeline.seek(position);
                    return self.demux(&bytes, now);
                }
            }
        }
        self.demux(bytes, now)
    }

    /// Makes media of bytes, and remembers where its keyframes are.
    fn demux(&mut self, bytes: &[u8], now: f64) -> bool {
        let position = self.pipeline.position();
        let goes_on = self.push(bytes, now);
        if let Some(view) = self.presentation.as_mut().and_then(|presentation| presentation.file.as_mut())
            && let Some(seconds) = view.keyframe.take()
        {
            view.file.index.learn((seconds * 1000.0) as i64, position);
        }
        self.pace(now);
        goes_on
    }

    /// Stops reading when enough is there, and goes on when it is used up.
    fn pace(&mut self, now: f64) {
        let Some(presentation) = &mut self.presentation else { return };
        let waits = presentation.file.as_ref().is_some_and(|view| view.file.is_paused());
        let ahead = if waits { presentation.distances().1 } else { 0.0 };
        let is_full = presentation.is_full();
        let Some(view) = &mut presentation.file else { return };
        let Link::Open { connection, last_bytes } = &mut self.link else { return };
        let milliseconds = |seconds: f64| (seconds * 1000.0) as i64;
        let time = milliseconds(self.video.current_time());
        let loaded = (milliseconds(view.loaded.1), self.pipeline.position());
        let seeks = self.download.as_ref().is_some_and(|download| download.seek.is_some());
        let paused = !seeks && (view.file.should_pause(time, loaded, milliseconds(ahead)) || is_full);
        connection.pause(paused);
        if paused {
            *last_bytes = now;
        }
    }

    /// What time decides for a file; several times a second.
    pub(super) fn tick_file(&mut self, now: f64) {
        let (Some(download), Some(presentation)) = (&mut self.download, &mut self.presentation) else {
            return;
        };
        let Some(view) = &mut presentation.file else { return };
        download.seek_is_due |= core::mem::take(&mut view.wants_seek);
        if let Some(offset) = self.pipeline.file_offset()
            && !core::mem::replace(&mut download.has_started, true)
        {
            view.file.starts_at(offset);
            presentation.tell_duration();
            self.fetch_tail();
        }
        let Some(download) = &self.download else { return };
        if download.seek_is_due {
            self.seek_in_file(now);
        } else if download.seek.is_none()
            && let Some(presentation) = &mut self.presentation
        {
            presentation.leave_hole();
        }
        self.pace(now);
    }

    /// Goes to where the playhead is, unless that is there.
    pub(super) fn seek_in_file(&mut self, now: f64) {
        let (Some(download), Some(presentation)) = (&mut self.download, &mut self.presentation) else {
            return;
        };
        download.seek_is_due = true;
        let time = self.video.current_time();
        if now - download.last_seek < SEEK_INTERVAL || !download.has_started {
            return;
        }
        download.seek_is_due = false;
        if download.seek.is_none() && presentation.has_media_at(time) {
            return;
        }
        let Some(view) = &mut presentation.file else { return };
        if self.state == StreamState::Failed || !view.file.takes_ranges() && time > view.loaded.1 {
            // What comes in order gets there.
            return;
        }
        download.last_seek = now;
        download.seek = Some(view.file.seek((time * 1000.0) as i64));
        presentation.flush(now);
        self.open(now);
    }

    /// A body has come to its end.
    pub(super) fn file_ended(&mut self, now: f64) {
        let (Some(download), Some(presentation)) = (&mut self.download, &mut self.presentation) else {
            return;
        };
        let Some(view) = &mut presentation.file else { return };
        if !view.file.is_whole(download.position) {
            let reason = "the file was cut short".into();
            return self.connection_ended(&ConnectionEnd::Network(reason), now);
        }
        if download.seek.as_mut().is_some_and(Seek::ended) {
            return self.open(now);
        }
        view.is_complete = true;
    }

    /// Looks at the end of a file that does not say how long it is.
    fn fetch_tail(&mut self) {
        let view = self.presentation.as_ref().and_then(|presentation| presentation.file.as_ref());
        let Some(tail) = view.and_then(|view| view.file.tail()) else { return };
        let this = self.this.clone();
        let sink: ConnectionSink = Rc::new(move |event: ConnectionEvent<'_>| {
            Shared::enter(&this, |engine| engine.hear_tail(&event));
        });
        if let Some(download) = &mut self.download {
            download.tail = Connection::open(&self.url, &self.options.request, tail.start, sink).ok();
        }
    }

    fn hear_tail(&mut self, event: &ConnectionEvent<'_>) {
        let (Some(download), Some(presentation)) = (&mut self.download, &mut self.presentation) else {
            return;
        };
        match event {
            ConnectionEvent::Opened(answer) if answer.is_part => return,
            ConnectionEvent::Bytes(bytes) => return append(bytes, &mut download.tail_bytes),
            ConnectionEvent::Ended(ConnectionEnd::Ended) => {
                if let Some(view) = &mut presentation.file {
                    let offset = self.pipeline.file_offset().unwrap_or(0);
                    view.file.hear_tail(&download.tail_bytes, offset);
                    presentation.tell_duration();
                }
            }
            _ => {}
        }
        download.tail = None;
        download.tail_bytes = Vec::new();
    }
}

fn append(bytes: &Uint8Array, to: &mut Vec<u8>) {
    let start = to.len();
    // More than was asked for is not taken.
    if start > TAIL_MAX {
        return;
    }
    to.resize(start + bytes.length() as usize, 0);
    bytes.copy_to(&mut to[start..]);
}
