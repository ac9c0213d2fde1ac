//! What a feed keeps of the past: what somebody may still ask for.

use flvgate_media::format::{Content, Muxed};

use super::feed::Feed;
use super::gop_cache::GopLimits;
use super::ring::RingLimits;
use super::stream::Stream;
use super::*;

/// Ten seconds, and a second before the newest keyframe.
const LIMITS: RingLimits = RingLimits {
    duration: 10_000,
    bytes: usize::MAX,
    reserve: 1000,
    gop: GopLimits { enabled: true, frames: 1000, bytes: usize::MAX },
};

/// Frames a second.
const RATE: u64 = 25;

/// A feed of video with a keyframe each second, as far as it has come.
struct Growing {
    feed: Arc<Feed>,
    frames: u64,
}

impl Growing {
    fn new(limits: RingLimits) -> Self {
        Self { feed: Feed::new(Format::Flv, limits), frames: 0 }
    }

    fn grow(&mut self, seconds: u64) {
        for _ in 0..seconds * RATE {
            let is_keyframe = self.frames.is_multiple_of(RATE);
            self.feed.append(&mut vec![Muxed {
                content: if is_keyframe { Content::Keyframe } else { Content::Video },
                timestamp: self.frames * 1000 / RATE,
                random_access: is_keyframe,
                bytes: self.frames.to_be_bytes().to_vec().into(),
                resync: Bytes::new(),
            }]);
            self.frames += 1;
        }
        self.feed.tell();
    }

    /// How many frames there are.
    fn kept(&self) -> u64 {
        let live = self.feed.live();
        live.ring.end() - live.ring.first()
    }

    fn viewer(&self) -> Viewer {
        let vhost = Vhost::default();
        Viewer::new(Stream::new(key(), 1, &Arc::new(vhost)), self.feed.clone()).whole()
    }
}

/// The frames of one batch, the format's beginning left out.
async fn frames(viewer: &mut Viewer) -> Vec<u64> {
    let mut batch = Vec::new();
    viewer.next(&mut batch).await.unwrap();
    batch.iter().filter_map(|bytes| Some(u64::from_be_bytes(bytes[..].try_into().ok()?))).collect()
}

#[tokio::test]
async fn without_viewers_it_is_the_newest_gop_and_a_second_before() {
    let mut growing = Growing::new(LIMITS);
    for _ in 0..20 {
        growing.grow(1);
        assert!(growing.kept() <= 2 * RATE + 1, "{} frames", growing.kept());
    }
    // Without a GOP cache, too: who is too slow goes on at the newest keyframe.
    let mut growing = Growing::new(RingLimits { gop: GopLimits { enabled: false, ..LIMITS.gop }, ..LIMITS });
    growing.grow(20);
    assert_eq!(growing.feed.live().ring.newest_start(), Some(19 * RATE));
    assert!(growing.kept() <= 2 * RATE + 1, "{} frames", growing.kept());
}

#[tokio::test]
async fn viewers_at_the_live_edge_ask_for_no_more() {
    let mut growing = Growing::new(LIMITS);
    growing.grow(1);
    let mut viewers = [growing.viewer(), growing.viewer()];
    let mut batch = Batch::default();
    for _ in 0..40 {
        growing.grow(1);
        batch.clear();
        for viewer in &mut viewers {
            while viewer.poll_next(&mut batch).unwrap() == Next::Taken && !batch.is_all() {}
        }
        assert!(growing.kept() <= 3 * RATE, "{} frames", growing.kept());
    }
}

#[tokio::test]
async fn who_falls_behind_loses_nothing_and_holds_no_more_than_that() {
    let mut growing = Growing::new(LIMITS);
    growing.grow(1);
    let (mut slow, mut fast) = (growing.viewer(), growing.viewer());
    let mut got = frames(&mut slow).await;
    for _ in 0..8 {
        growing.grow(1);
        while !frames(&mut fast).await.contains(&(growing.frames - 1)) {}
    }
    assert!(growing.kept() >= 8 * RATE, "{} frames", growing.kept());
    while got.last() != Some(&(growing.frames - 1)) {
        got.extend(frames(&mut slow).await);
    }
    assert_eq!(got, (0..growing.frames).collect::<Vec<_>>());
    growing.grow(1);
    assert!(growing.kept() <= 3 * RATE, "{} frames", growing.kept());
    // Nor does one who leaves.
    growing.grow(5);
    assert!(growing.kept() >= 5 * RATE, "{} frames", growing.kept());
    drop((slow, fast));
    growing.grow(1);
    assert!(growing.kept() <= 2 * RATE + 1, "{} frames", growing.kept());
}

#[tokio::test]
async fn nobody_holds_more_than_the_bounds_and_who_is_lost_holds_nothing() {
    let mut growing = Growing::new(LIMITS);
    growing.grow(1);
    let mut stalled = growing.viewer();
    frames(&mut stalled).await;
    let mut most = 0;
    for _ in 0..60 {
        growing.grow(1);
        most = most.max(growing.kept());
    }
    assert!((9 * RATE..=10 * RATE + 1).contains(&most), "{most} frames");
    // It will go on at the newest keyframe, so that what is between is for nobody.
    assert!(growing.kept() <= 2 * RATE + 1, "{} frames", growing.kept());
    assert_eq!(frames(&mut stalled).await[0], 60 * RATE);
}
