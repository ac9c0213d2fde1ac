//! Frames that wait until it is known which tracks there are, or until a keyframe comes.

use alloc::vec::Vec;

use super::Track;
use super::timeline::MAX_SKEW_MS;
use alloc::collections::VecDeque;

/// More frames, or bytes, than this are not held: the decision is then made without further waiting.
const MAX_FRAMES: usize = 1024;
const MAX_BYTES: usize = 16 << 20;
/// Audio waits for a video keyframe this many milliseconds; older frames would come before it anyway.
const MAX_AUDIO_LEAD_MS: i64 = 1500;

/// A frame with its input time in 64 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimedFrame<'a> {
    pub(super) track: Track,
    /// Decoding time on the input's clock, in milliseconds.
    pub(super) dts: i64,
    /// Presentation time minus decoding time, in ticks of 90 kHz.
    pub(super) composition_time: i32,
    /// Decoding can start here; always so for audio.
    pub(super) keyframe: bool,
    pub(super) data: &'a [u8],
}

/// [`TimedFrame`] with a copy of the data.
#[derive(Debug)]
pub(super) struct HeldFrame {
    track: Track,
    dts: i64,
    composition_time: i32,
    keyframe: bool,
    data: Vec<u8>,
}

impl HeldFrame {
    pub(super) fn frame(&self) -> TimedFrame<'_> {
        TimedFrame {
            track: self.track,
            dts: self.dts,
            composition_time: self.composition_time,
            keyframe: self.keyframe,
            data: &self.data,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct HeldFrames {
    frames: VecDeque<HeldFrame>,
    bytes: usize,
    /// Input time and wall clock when the first frame came.
    since: Option<(i64, f64)>,
    latest: i64,
}

impl HeldFrames {
    /// Takes a frame in; video only from a keyframe on.
    pub(super) fn hold(&mut self, frame: TimedFrame<'_>, now_ms: f64) {
        let has_keyframe = self.video_start().is_some();
        if frame.track == Track::Video && !frame.keyframe && !has_keyframe {
            return;
        }
        self.since.get_or_insert((frame.dts, now_ms));
        self.latest = frame.dts;
        self.push(frame, false);
        while !has_keyframe
            && let Some(first) = self.frames.front()
            && first.track == Track::Audio
            && (first.dts + MAX_AUDIO_LEAD_MS < frame.dts || self.is_full())
        {
            self.pop();
        }
    }

    /// Puts a frame back that was taken out too early; video, again, only from a keyframe on.
    pub(super) fn put_back(&mut self, frame: TimedFrame<'_>, now_ms: f64) {
        if frame.track == Track::Video && !frame.keyframe {
            let mut has_keyframe = false;
            self.retain(|frame| {
                has_keyframe |= frame.track == Track::Video && frame.keyframe;
                has_keyframe || frame.track == Track::Audio
            });
            return;
        }
        self.since = Some((frame.dts, now_ms));
        self.latest = frame.dts;
        self.push(frame, true);
    }

    fn push(&mut self, frame: TimedFrame<'_>, in_front: bool) {
        self.bytes += frame.data.len();
        let TimedFrame { track, dts, composition_time, keyframe, data } = frame;
        let held = HeldFrame { track, dts, composition_time, keyframe, data: data.to_vec() };
        if in_front { self.frames.push_front(held) } else { self.frames.push_back(held) }
    }

    pub(super) fn pop(&mut self) -> Option<HeldFrame> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.data.len();
        Some(frame)
    }

    pub(super) fn is_full(&self) -> bool {
        self.frames.len() >= MAX_FRAMES || self.bytes >= MAX_BYTES
    }

    /// How long the oldest evidence has waited: in milliseconds of media, and of `now_ms`'s clock.
    pub(super) fn waited(&self, now_ms: f64) -> (i64, f64) {
        self.since.map_or((0, 0.0), |(dts, wall)| (self.latest - dts, now_ms - wall))
    }

    /// The keyframe at which video can start.
    pub(super) fn video_start(&self) -> Option<TimedFrame<'_>> {
        self.frames.iter().find(|frame| frame.track == Track::Video && frame.keyframe).map(HeldFrame::frame)
    }

    pub(super) fn audio_start(&self) -> Option<TimedFrame<'_>> {
        self.frames.iter().find(|frame| frame.track == Track::Audio).map(HeldFrame::frame)
    }

    /// Makes ready for a start at the first keyframe: drops the video in front of it, which a track that was given up while
    /// frames were let out leaves there, and the audio in front of it that is on another clock.
    pub(super) fn drop_before_keyframe(&mut self) {
        let Some(start) = self.video_start().map(|frame| frame.dts) else { return };
        let mut before = true;
        self.retain(|frame| {
            let is_video = frame.track == Track::Video;
            before &= !(is_video && frame.keyframe);
            !before || !is_video && (frame.dts - start).abs() <= MAX_SKEW_MS
        });
    }

    /// Drops the frames of one track.
    pub(super) fn drop_track(&mut self, track: Track) {
        self.retain(|frame| frame.track != track);
    }

    fn retain(&mut self, keep: impl FnMut(&HeldFrame) -> bool) {
        self.frames.retain(keep);
        self.bytes = self.frames.iter().map(|frame| frame.data.len()).sum();
    }

    /// Starts to wait anew, with what is held.
    pub(super) const fn restart_wait(&mut self) {
        self.since = None;
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn frame(track: Track, dts: i64, keyframe: bool) -> TimedFrame<'static> {
        TimedFrame { track, dts, composition_time: 0, keyframe, data: &[1] }
    }

    #[test]
    fn a_start_in_the_middle_of_a_gop_leaves_out_what_comes_before_the_next_keyframe() {
        let mut held = HeldFrames::default();
        held.hold(frame(Track::Video, 0, true), 0.0);
        for dts in [40, 80] {
            held.hold(frame(Track::Video, dts, false), 0.0);
        }
        held.hold(frame(Track::Audio, 90, true), 0.0);
        held.hold(frame(Track::Audio, 60_000, true), 0.0);
        held.hold(frame(Track::Video, 120, true), 0.0);
        held.hold(frame(Track::Video, 160, false), 0.0);
        // The first keyframe is let out, and with it a track given up: output starts anew with what is left.
        held.pop();
        held.drop_before_keyframe();
        let left: Vec<_> = core::iter::from_fn(|| held.pop()).map(|frame| (frame.track, frame.dts)).collect();
        assert_eq!(left, [(Track::Audio, 90), (Track::Video, 120), (Track::Video, 160)]);
    }
}
