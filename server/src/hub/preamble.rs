//! What a decoder must have been told before a tag makes sense to it.

use bytes::Bytes;
use flvgate_media::flv::{TAG_HEADER_LEN, TagType};
use flvgate_media::format::Content;

/// No more than this many parts are kept: sixteen tracks, of which each has two.
const MAX_PARTS: usize = 32;

/// No more bytes than this are kept, all parts together: settings have some hundreds, metadata some thousands. Parts that
/// do not fit are passed on as they come, and are not told to who joins later.
pub(super) const MAX_BYTES: usize = 1024 * 1024;

/// Metadata and settings of the tracks in force at some place of a ring, muxed; empty in formats that repeat them in place.
#[derive(Clone, Debug, Default)]
pub(super) struct Preamble(Vec<Part>);

#[derive(Clone, Debug)]
struct Part {
    name: PartName,
    muxed: Bytes,
}

/// Which part of a preamble; metadata counts as a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartName {
    pub(super) track: TagType,
    /// Told from others of the track by [`TagKind::setting`](flvgate_media::flv::TagKind::setting).
    pub(super) setting: u16,
}

impl PartName {
    /// Whether it is a sequence header, or metadata; else it is what comes beside one.
    pub(super) const fn is_header(self) -> bool {
        self.setting.is_multiple_of(2)
    }

    /// Metadata, video, audio, as most encoders send them and as players number the tracks, where SRS has audio first; of
    /// each the lowest track first, its sequence header before all else.
    const fn rank(self) -> (u8, u16) {
        let track = match self.track {
            TagType::Script => 0,
            TagType::Video => 1,
            TagType::Audio => 2,
        };
        (track, self.setting)
    }
}

impl Preamble {
    /// This one, but for that part. Another sequence header takes back what else its track was told.
    pub(super) fn with(&self, name: PartName, muxed: Bytes) -> Self {
        let is_header = name.is_header();
        let mut parts: Vec<_> = self
            .0
            .iter()
            .filter(|part| {
                let beside = PartName { setting: name.setting + 1, ..name };
                part.name != name && !(is_header && part.name == beside)
            })
            .cloned()
            .collect();
        let bytes: usize = parts.iter().map(|part| part.muxed.len()).sum();
        if parts.len() < MAX_PARTS && bytes + muxed.len() <= MAX_BYTES {
            let at = parts.partition_point(|part| part.name.rank() < name.rank());
            parts.insert(at, Part { name, muxed });
        }
        Self(parts)
    }

    /// This one without that part, and without what stands beside it where that goes too.
    pub(super) fn without(&self, name: PartName, with_beside: bool) -> Self {
        let beside = PartName { setting: name.setting + 1, ..name };
        let goes = |part: &Part| part.name == name || (with_beside && part.name == beside);
        Self(self.0.iter().filter(|part| !goes(part)).cloned().collect())
    }

    /// The part of that name.
    pub(super) fn part(&self, name: PartName) -> Option<&Bytes> {
        self.0.iter().find(|part| part.name == name).map(|part| &part.muxed)
    }

    /// The part of that name, if it differs from `muxed` in nothing but its timestamp.
    pub(super) fn same_part(&self, name: PartName, muxed: &Bytes) -> Option<&Bytes> {
        self.part(name).filter(|known| known.get(TAG_HEADER_LEN..) == muxed.get(TAG_HEADER_LEN..))
    }

    /// What it takes in memory beside the parts' own bytes, at most.
    pub(super) const fn cost(&self) -> usize {
        2 * self.0.len() * size_of::<Part>() + 3 * size_of::<Self>()
    }

    /// All parts, in the order in which viewers should get them.
    pub(super) fn parts(&self) -> impl Iterator<Item = (PartName, &Bytes)> {
        self.0.iter().map(|part| (part.name, &part.muxed))
    }
}

/// The track that content belongs to; metadata counts as one.
pub(super) const fn track_of(content: Content) -> TagType {
    match content {
        Content::Audio => TagType::Audio,
        Content::Keyframe | Content::Video => TagType::Video,
        Content::Setup(track, _) => track,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn name(track: TagType, setting: u16) -> PartName {
        PartName { track, setting }
    }

    fn of(names: &[PartName]) -> Preamble {
        names
            .iter()
            .fold(Preamble::default(), |preamble, &name| preamble.with(name, Bytes::from_static(b"a")))
    }

    #[test]
    fn parts_are_in_order_and_tracks_have_their_own() {
        use TagType::{Audio, Script, Video};
        let preamble = of(&[
            name(Video, 2),
            name(Video, 1),
            name(Audio, 0),
            name(Script, 0),
            name(Video, 2),
            name(Audio, 4),
        ]);
        let names: Vec<_> = preamble.parts().map(|(name, _)| (name.track, name.setting)).collect();
        assert_eq!(names, [(Script, 0), (Video, 1), (Video, 2), (Audio, 0), (Audio, 4)]);
    }

    #[test]
    fn another_sequence_header_takes_back_what_was_beside_the_last() {
        let video = |setting| name(TagType::Video, setting);
        let preamble = of(&[video(0), video(1), video(2), video(3)]).with(video(0), Bytes::from_static(b"b"));
        assert_eq!(preamble.parts().map(|(name, _)| name.setting).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(preamble.part(video(0)), Some(&Bytes::from_static(b"b")));
    }

    #[test]
    fn parts_are_bounded() {
        let all: Vec<_> = (0..512).map(|setting| name(TagType::Audio, setting)).collect();
        assert_eq!(of(&all).parts().count(), MAX_PARTS);
        let large = Bytes::from(vec![0; MAX_BYTES / 2]);
        let fold = |preamble: Preamble, &name: &PartName| preamble.with(name, large.clone());
        assert_eq!(all.iter().fold(Preamble::default(), fold).parts().count(), 2);
    }
}
