//! Keyframes: those that are not marked as such, and those that do not come.

use std::time::Duration;

use flvgate_media::codec::picture;
use flvgate_media::flv::{FrameType, Tag, TagKind, VideoPacket};
use tokio::time::Instant;

use super::status::VideoTrack;

/// For how long video may come without a keyframe before that is told of: who joins meanwhile begins at a picture as old,
/// or waits. Encoders send one every 1 to 10 seconds.
const OVERDUE: Duration = Duration::from_secs(30);

/// When the current publication's keyframes came.
#[derive(Debug, Default)]
pub(super) struct Keyframes {
    newest: Option<Instant>,
    /// When video began.
    began: Option<Instant>,
    /// It has been told of.
    is_overdue: bool,
}

/// How a stream does with keyframes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyframeStatus {
    /// Since the current publication's newest keyframe; `None` before the first.
    pub age: Option<Duration>,
    /// Video has come for more than 30 seconds without a keyframe.
    pub overdue: bool,
    /// Frames that were marked as inter frames and were keyframes, since the stream began.
    pub corrected: u64,
}

/// What is to be told of a stream's keyframes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// None has come for so long.
    Overdue(Duration),
    /// One has come, after so long.
    Back(Duration),
}

impl Keyframes {
    /// Takes note of a video frame of now.
    pub(super) fn note(&mut self, is_keyframe: bool, now: Instant) -> Option<Change> {
        let waited = now - self.newest.unwrap_or(*self.began.get_or_insert(now));
        if is_keyframe {
            self.newest = Some(now);
            return std::mem::take(&mut self.is_overdue).then_some(Change::Back(waited));
        }
        if self.is_overdue || waited <= OVERDUE {
            return None;
        }
        self.is_overdue = true;
        Some(Change::Overdue(waited))
    }

    /// Whether there has been one. Inter frames are of no use before.
    pub(super) const fn have_come(&self) -> bool {
        self.newest.is_some()
    }

    pub(super) fn status(&self, now: Instant, corrected: u64) -> KeyframeStatus {
        KeyframeStatus { age: self.newest.map(|newest| now - newest), overdue: self.is_overdue, corrected }
    }
}

/// The frame marked as the keyframe that it is, if it is marked as something else. `track` is what is known of the video.
///
/// What is marked as a keyframe stays one: with periodic intra refresh there is nothing better to start at. Players differ
/// in whom they believe: mpegts.js looks at the NAL units too, ffmpeg takes the mark as it is when it copies to other files.
pub(super) fn corrected(tag: &Tag, track: Option<&VideoTrack>) -> Option<Tag> {
    let TagKind::Video(header) = tag.kind else { return None };
    let VideoTrack { codec, config, .. } = track?;
    let may_be = header.packet == VideoPacket::Frame && header.frame_type != FrameType::Key;
    let is_keyframe =
        may_be && header.codec == *codec && picture::is_random_access(*codec, config, tag.data());
    is_keyframe.then(|| tag.clone().marked_as_keyframe())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_keyframe_is_told_of_once_until_one_has_come() {
        let mut keyframes = Keyframes::default();
        let start = Instant::now();
        let mut changes = Vec::new();
        for second in 0..200 {
            let is_keyframe = second < 10 || second == 100;
            let change = keyframes.note(is_keyframe, start + Duration::from_secs(second));
            changes.extend(change.map(|change| (second, change)));
        }
        let seconds = Duration::from_secs;
        assert_eq!(
            changes,
            [
                (40, Change::Overdue(seconds(31))),
                (100, Change::Back(seconds(91))),
                (131, Change::Overdue(seconds(31)))
            ]
        );
        let status = keyframes.status(start + seconds(200), 7);
        assert_eq!(status, KeyframeStatus { age: Some(seconds(100)), overdue: true, corrected: 7 });
    }

    #[test]
    fn video_that_never_has_a_keyframe_is_told_of_and_video_that_has_stopped_is_not() {
        let mut keyframes = Keyframes::default();
        let start = Instant::now();
        assert_eq!(keyframes.note(false, start), None);
        assert_eq!(keyframes.note(false, start + OVERDUE), None);
        let late = OVERDUE + Duration::from_millis(1);
        assert_eq!(keyframes.note(false, start + late), Some(Change::Overdue(late)));
        assert_eq!(keyframes.status(start, 0), KeyframeStatus { age: None, overdue: true, corrected: 0 });
        let mut stopped = Keyframes::default();
        assert_eq!((stopped.note(true, start), stopped.note(true, start + late)), (None, None));
    }
}
