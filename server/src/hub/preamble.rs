//! What a decoder must have been told before a tag makes sense to it.

use bytes::Bytes;
use flvgate_media::flv::{TAG_HEADER_LEN, TagType};
use flvgate_media::format::Content;

/// Metadata and sequence headers in force at some place of a ring, muxed; empty in formats that repeat them in place.
#[derive(Clone, Debug, Default)]
pub(super) struct Preamble {
    metadata: Option<Bytes>,
    audio: Option<Bytes>,
    video: Option<Bytes>,
}

impl Preamble {
    /// This one, but for the part of `track`.
    pub(super) fn with(&self, track: TagType, muxed: Bytes) -> Self {
        let mut changed = self.clone();
        *match track {
            TagType::Script => &mut changed.metadata,
            TagType::Audio => &mut changed.audio,
            TagType::Video => &mut changed.video,
        } = Some(muxed);
        changed
    }

    /// The sequence header of `track`; for [`TagType::Script`], the metadata.
    pub(super) const fn part(&self, track: TagType) -> Option<&Bytes> {
        match track {
            TagType::Script => self.metadata.as_ref(),
            TagType::Audio => self.audio.as_ref(),
            TagType::Video => self.video.as_ref(),
        }
    }

    /// The part of `track`, if it differs from `muxed` in nothing but its timestamp.
    pub(super) fn same_part(&self, track: TagType, muxed: &Bytes) -> Option<&Bytes> {
        self.part(track).filter(|known| known.get(TAG_HEADER_LEN..) == muxed.get(TAG_HEADER_LEN..))
    }

    /// Metadata, audio and video sequence header, in SRS's order, each with the track it belongs to.
    pub(super) fn parts(&self) -> impl Iterator<Item = (TagType, &Bytes)> {
        [TagType::Script, TagType::Audio, TagType::Video]
            .into_iter()
            .filter_map(|track| Some((track, self.part(track)?)))
    }
}

/// The track that content belongs to; metadata counts as one.
pub(super) const fn track_of(content: Content) -> TagType {
    match content {
        Content::Audio => TagType::Audio,
        Content::Keyframe | Content::Video => TagType::Video,
        Content::Setup(track) => track,
    }
}
