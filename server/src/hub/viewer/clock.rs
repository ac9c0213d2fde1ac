//! A viewer's clock: FLV's timestamps begin at 0 for each viewer, though all share the stream's bytes.

use flvgate_media::flv::TagType;
use flvgate_media::format::{Content, Format};

use super::place::Tracks;
use crate::config::TimeJitter;
use crate::hub::preamble::track_of;
use crate::hub::ring::Ring;

/// What a time of the stream is to one viewer.
///
/// A viewer's time 0 is when the first of what it gets was to be decoded. All who begin at the same keyframe have the same
/// clock. Players that read FLV's timestamps as signed 32 bits stop for ever at 2^31 ms, 24.8 days: so it is the viewing
/// that counts, and not how long the stream has been there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewerClock {
    /// The stream's own.
    Stream,
    /// It begins at this time of the stream, in milliseconds.
    From(u64),
}

impl ViewerClock {
    /// Before the first frame: what comes until then is for time 0.
    const UNDECIDED: Self = Self::From(u64::MAX);

    /// A viewer's who gets nothing yet. With `jitter` off, timestamps are the publisher's business.
    pub(super) fn new(format: Format, jitter: TimeJitter) -> Self {
        match format {
            Format::Flv if jitter != TimeJitter::Off => Self::UNDECIDED,
            // A transport stream's clock may begin anywhere, and wraps; the others have none.
            _ => Self::Stream,
        }
    }

    /// Whether it is known when it begins.
    pub(super) fn is_decided(self) -> bool {
        self != Self::UNDECIDED
    }

    /// The viewer's time, in milliseconds, when it is `time` on the stream's timeline. There is none before 0.
    #[must_use]
    pub const fn read(self, time: u64) -> u64 {
        match self {
            Self::Stream => time,
            Self::From(start) => time.saturating_sub(start),
        }
    }

    /// Decides when the clock begins for one who gets `tracks` of what is in `ring` from `position` on.
    ///
    /// That is the earliest time that comes. A track that may be behind the other one by any time, and of which there is
    /// nothing there yet, goes on from its last frame.
    pub(super) fn decide(&mut self, ring: &Ring, position: u64, tracks: Tracks) {
        let mut start: Option<u64> = None;
        let (mut audio, mut video) = (!tracks.audio, !tracks.video);
        for at in (ring.publication_start()..ring.end()).rev() {
            if at < position && (start.is_none() || audio && video) {
                break;
            }
            let Some(muxed) = ring.parcel(at).map(|parcel| &parcel.muxed) else { break };
            if matches!(muxed.content, Content::Setup(..)) || !tracks.include(track_of(muxed.content)) {
                continue;
            }
            let seen = if track_of(muxed.content) == TagType::Audio { &mut audio } else { &mut video };
            if at >= position || !*seen {
                start = Some(start.map_or(muxed.timestamp, |start| start.min(muxed.timestamp)));
            }
            *seen = true;
        }
        if let Some(start) = start {
            *self = Self::From(start);
        }
    }
}
