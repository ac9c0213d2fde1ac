//! FLV bytes -> tags -> access units -> one continuous timeline -> one fMP4 fragment per frame.
//!
//! ```text
//!   bytes --> flv::Demuxer --tags--> demux --access units--> timeline --at output time--> fragmenter --> Output
//!                                      |                        ^
//!                                      +--configurations--> tracks: which there are, by evidence; until then held
//! ```
//!
//! What comes out does not depend on how the input was sliced. Everything kept is bounded: one partial tag of at most
//! [`MAX_TAG_SIZE`], and frames in wait of a decision about tracks, which is forced when they become too many.

mod config;
mod demux;
mod flow;
mod fragmenter;
mod held;
mod output;
mod timeline;
mod tracks;

pub use output::{Info, Output, Track, Warning};

use demux::TagReader;
use flow::Flow;
use flvgate_media::Error;
use flvgate_media::flv::{Demuxer, Event};

/// The largest tag taken, in bytes. A keyframe of a 4K stream at 100 Mb/s stays below; FLV itself would allow 16 MiB.
pub const MAX_TAG_SIZE: usize = 8 << 20;

/// Turns an FLV byte stream into fMP4, whatever its slicing.
#[derive(Debug)]
pub struct Pipeline {
    demuxer: Demuxer,
    reader: TagReader,
    flow: Flow,
    /// Why the connection's bytes are of no more use.
    failure: Option<Error>,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self::new()
    }
}

impl Pipeline {
    /// A pipeline at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self {
            demuxer: Demuxer::new().with_max_tag_size(MAX_TAG_SIZE).with_resync(),
            reader: TagReader::default(),
            flow: Flow::default(),
            failure: None,
        }
    }

    /// Takes the next bytes, and hands over everything that they complete, in order.
    ///
    /// `now_ms` is any monotonic clock, in milliseconds; it bounds the wait for a track that the header promises, and
    /// tells missing audio from a burst.
    ///
    /// # Errors
    /// When the bytes are not FLV: the connection is of no more use, and every further push says so again.
    /// [`Self::reconnected`] starts on the next.
    pub fn push(
        &mut self,
        bytes: &[u8],
        now_ms: f64,
        on_output: &mut dyn FnMut(Output<'_>),
    ) -> Result<(), Error> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let Self { demuxer, reader, flow, .. } = self;
        let result = demuxer.push(bytes, |event| match event {
            Event::Header(header) => flow.hear_header(header, now_ms, on_output),
            Event::Tag(tag) => {
                reader.read(tag, now_ms, &mut |unit| flow.handle(unit, now_ms, on_output));
            }
        });
        flow.tick(now_ms, on_output);
        self.failure = result.err();
        result
    }

    /// Says that time has passed without bytes, so that a decision about tracks need not wait for them.
    pub fn tick(&mut self, now_ms: f64, on_output: &mut dyn FnMut(Output<'_>)) {
        self.flow.tick(now_ms, on_output);
    }

    /// The next bytes are the start of a new connection to the same stream: the output's timeline goes on, at a keyframe.
    pub fn reconnected(&mut self) {
        self.demuxer.reset();
        self.failure = None;
        self.reader.reconnected();
        self.flow.reconnected();
    }

    /// This is a file: output times are those of its clock, also behind gaps and after [`Self::seek`].
    pub const fn keep_file_time(&mut self) {
        self.flow.keep_file_time();
    }

    /// The file's clock, by which output is timed, minus the tags' timestamps; none before the first frame.
    #[must_use]
    pub const fn file_offset(&self) -> Option<i64> {
        self.flow.file_offset()
    }

    /// Where in the file the tag begins that is read now, in bytes.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.demuxer.position()
    }

    /// The next bytes are those behind the last whole tag, from what is then [`Self::position`] on.
    pub fn resume(&mut self) {
        self.demuxer.resume();
        self.failure = None;
    }

    /// The next bytes are a tag of the file at `position`, best a keyframe: output goes on there, in the same `MediaSource`.
    pub fn seek(&mut self, position: u64) {
        self.demuxer.resume_at(position);
        self.failure = None;
        self.reader.moved();
        self.flow.seek();
    }

    /// The `MediaSource` was rebuilt: the next output is `Tracks`, `Init` and a keyframe, again.
    pub fn restart_output(&mut self) {
        self.flow.wait_anew();
    }

    /// Chooses which track is played of a stream that has several video or audio tracks (E-RTMP `Multitrack`), by its id;
    /// none: the one with the lowest id that announces itself. To be said before the first byte.
    pub const fn select_track(&mut self, track: Track, track_id: Option<u8>) {
        self.reader.select(track, track_id);
    }

    /// Says whether MP3 goes out in fragments, as the other codecs do, or as it is. To be said before the first byte.
    pub const fn wrap_mp3(&mut self, wrapped: bool) {
        self.reader.wrap_mp3(wrapped);
    }

    /// What is playing.
    #[must_use]
    pub fn info(&self) -> Info {
        self.flow.info()
    }
}

#[cfg(test)]
mod tests;
