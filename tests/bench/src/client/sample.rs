//! A viewer that reads what it gets: FLV tags, and how late each frame is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flvgate_media::flv::{Demuxer, Event, TagType};

use super::chunked::Chunked;
use super::messages::Messages;
use crate::publisher::Written;

/// What stands around the bytes of a stream.
#[derive(Debug)]
pub(super) enum Framing {
    Bare,
    Chunks(Chunked),
    Messages(Messages),
}

impl Framing {
    /// Of an HTTP body.
    pub(super) fn of_body(chunked: bool) -> Self {
        if chunked { Self::Chunks(Chunked::default()) } else { Self::Bare }
    }
}

/// The reading of one stream.
#[derive(Debug)]
pub(super) struct Sample {
    framing: Framing,
    demuxer: Demuxer,
    written: Arc<Written>,
    /// Frames written before that are history that every viewer starts with; they are late for nobody.
    joined: Instant,
    /// From the viewer's timestamps to the publisher's; not known before the first picture.
    shift: Option<u32>,
}

impl Sample {
    /// Starts at the first byte of a body.
    pub(super) fn new(written: Arc<Written>, framing: Framing) -> Self {
        Self { framing, demuxer: Demuxer::new(), written, joined: Instant::now(), shift: None }
    }

    /// Reads more of the body; hands kind (video or not) and lateness of each frame that is complete to `handle`.
    ///
    /// # Errors
    /// With the reason, when it is not FLV any more or has ended.
    pub(super) fn receive(
        &mut self,
        bytes: &[u8],
        mut handle: impl FnMut(bool, Duration),
    ) -> Result<(), String> {
        let Self { framing, demuxer, written, joined, shift } = self;
        let mut outcome = Ok(());
        let mut read = |bytes: &[u8]| {
            let now = Instant::now();
            let pushed = demuxer.push(bytes, |event| {
                let Event::Tag(tag) = event else { return };
                let is_video = tag.tag_type == TagType::Video;
                if is_video && shift.is_none() {
                    *shift = written.timestamp(tag.body).map(|sent| sent.wrapping_sub(tag.timestamp));
                }
                if tag.tag_type != TagType::Script
                    && let Some(shift) = *shift
                    && let Some(at) = written.at(is_video, tag.timestamp.wrapping_add(shift))
                    && at > *joined
                {
                    handle(is_video, now.saturating_duration_since(at));
                }
            });
            if let Err(error) = pushed {
                outcome = Err(format!("the stream is not FLV: {error}"));
            }
        };
        let ended = match framing {
            Framing::Chunks(chunked) => chunked.receive(bytes, read),
            Framing::Messages(messages) => messages.receive(bytes, read),
            Framing::Bare => {
                read(bytes);
                false
            }
        };
        if ended { Err("the server has ended the stream".into()) } else { outcome }
    }
}
