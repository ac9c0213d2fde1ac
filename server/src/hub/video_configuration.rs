//! Decoders that were made for another configuration.

use bytes::Bytes;
use flvgate_media::codec::VideoCodec;
use flvgate_media::flv::{Tag, TagKind, VideoPacket, with_parameter_sets};

/// What is kept of a configuration, in bytes: real ones have about a hundred. A longer one is not told again.
const MAX_LEN: usize = 4096;

/// The configuration of a stream's video, over all its publications.
#[derive(Debug, Default)]
pub(super) struct VideoConfiguration {
    newest: Option<(VideoCodec, Bytes)>,
    /// There are viewers, perhaps, who began with another.
    has_changed: bool,
}

impl VideoConfiguration {
    /// Takes note of a tag; returns what goes to viewers in its place, if anything does: a keyframe with the parameter
    /// sets in it, once they have changed.
    ///
    /// VLC, and what libavformat copies to other files, know the first sequence header alone, but take parameter sets from
    /// frames. Every keyframe has them from the change on, because a viewer may skip any.
    pub(super) fn note(&mut self, tag: &Tag) -> Option<Tag> {
        let TagKind::Video(header) = tag.kind else { return None };
        if header.packet == VideoPacket::SequenceHeader {
            let record = tag.data().get(..MAX_LEN).unwrap_or(tag.data());
            let newest = self.newest.as_ref();
            self.has_changed |=
                newest.is_some_and(|(codec, known)| (*codec, &known[..]) != (header.codec, record));
            self.newest = Some((header.codec, Bytes::copy_from_slice(record)));
        }
        let (codec, record) = self.newest.as_ref()?;
        let tells = self.has_changed && *codec == header.codec && tag.is_keyframe();
        tells.then(|| with_parameter_sets(tag, record)).flatten()
    }
}
