//! Where a viewer stands in a feed, and what of it is for the viewer.

use std::sync::Arc;

use flvgate_media::flv::TagType;
use flvgate_media::format::{Content, Format};

use crate::hub::preamble::{Preamble, track_of};
use crate::hub::ring::Parcel;

/// So many tags in a row, and nothing else, and a keyframe is not waited for: what the viewer gets has ended.
const ALONE: u32 = 100;

/// Fewer tags than this of a track may be a mistake, for which nobody is disconnected.
const LASTING: u32 = 3;

/// Where a viewer who has begun stands.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) cursor: u64,
    /// Keeps what is behind the cursor in the ring, within its bounds.
    pub(super) hold: Arc<()>,
    /// The tracks that the viewer gets.
    pub(super) tracks: Tracks,
    /// The viewer's body ends when another track has come for good; `None` when it does not end.
    pub(super) late: Option<Late>,
    /// What cannot be decoded is not sent: the viewer has still to come to a place to start at.
    pub(super) needs_start: bool,
    /// The place to start at does not follow what the viewer has had.
    pub(super) has_skipped: bool,
    /// What the viewer's decoders know.
    pub(super) preamble: Arc<Preamble>,
    /// The time of what the last look passed.
    pub(super) passed: Option<u64>,
}

/// What has come of a track that a viewer does not get.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::hub) struct Late {
    /// Frames.
    frames: u32,
    /// Frames since the last one that was for the viewer.
    alone: u32,
}

/// Tracks that a viewer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hub) struct Tracks {
    pub(super) audio: bool,
    pub(super) video: bool,
}

impl Place {
    /// Whether what the viewer gets next depends on the cursor and the tracks alone.
    pub(super) const fn is_common(&self) -> bool {
        !self.needs_start && !self.has_skipped
    }

    /// Whether the viewer's body ends before the parcel that it has come to: a new body, which begins there, has a header
    /// with a track that this one's lacks.
    pub(super) fn ends_before(&self, parcel: &Parcel) -> bool {
        self.late
            .is_some_and(|late| late.frames >= LASTING && (parcel.muxed.random_access || late.alone >= ALONE))
    }

    /// Whether the parcel that the viewer has come to is for it.
    pub(super) fn wants(&mut self, parcel: &Parcel, format: Format) -> bool {
        let content = parcel.muxed.content;
        let is_included = self.tracks.include(track_of(content));
        if let Some(late) = self.late.as_mut().filter(|_| !matches!(content, Content::Setup(..))) {
            late.frames = late.frames.saturating_add(u32::from(!is_included));
            late.alone = if is_included { 0 } else { late.alone.saturating_add(1) };
        }
        if !is_included {
            return false;
        }
        self.needs_start &= !parcel.muxed.random_access;
        // In FLV, sound need not wait for the picture.
        let goes_alone = format == Format::Flv && !matches!(content, Content::Keyframe | Content::Video);
        !self.needs_start || goes_alone
    }
}

impl Tracks {
    pub(super) const BOTH: Self = Self { audio: true, video: true };

    /// Whether a parcel of this track is for a viewer of these tracks.
    pub(super) const fn include(self, track: TagType) -> bool {
        match track {
            TagType::Audio => self.audio,
            TagType::Video => self.video,
            TagType::Script => true,
        }
    }
}
