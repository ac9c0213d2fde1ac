//! Where viewers of each format start and go on, in feeds whose pieces are made by hand.

use flvgate_media::format::{Content, Muxed};

use super::feed::Feed;
use super::gop_cache::GopLimits;
use super::ring::RingLimits;
use super::stream::Stream;
use super::*;
use crate::hub::telling::News;

/// A second of media, and no bound by bytes.
const LIMITS: RingLimits = RingLimits {
    duration: 1000,
    bytes: usize::MAX,
    reserve: 1000,
    gop: GopLimits { enabled: true, frames: 1000, bytes: usize::MAX },
};

/// A feed, and a viewer in it.
struct Following {
    feed: Arc<Feed>,
    viewer: Viewer,
}

impl Following {
    /// In a feed of `format` with what `pieces` says: `k` keyframes, `v` other video, `a` audio, `s` audio to start at.
    fn new(format: Format, limits: RingLimits, vhost: Vhost, pieces: &[(char, u64)]) -> Self {
        let feed = Feed::new(format, limits);
        let stream = Stream::new(key(), 1, &Arc::new(vhost));
        let following = Self { viewer: Viewer::new(stream, feed.clone()), feed };
        following.push(pieces);
        following
    }

    fn push(&self, pieces: &[(char, u64)]) {
        let mut ready = pieces.iter().map(|&(kind, timestamp)| piece(kind, timestamp)).collect();
        if self.feed.append(&mut ready) != News::Nothing {
            self.feed.tell();
        }
    }

    /// What one batch has; empty when there is nothing for the viewer.
    async fn batch(&mut self) -> String {
        let mut batch = Vec::new();
        match timeout(Duration::from_secs(1), self.viewer.next(&mut batch)).await {
            Ok(next) => next.unwrap(),
            Err(_) => return String::new(),
        }
        let words = batch.iter().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Its bytes are its name; what is to go before it after a skip is in brackets.
fn piece(kind: char, timestamp: u64) -> Muxed {
    let content = match kind {
        'k' => Content::Keyframe,
        'v' => Content::Video,
        _ => Content::Audio,
    };
    Muxed {
        bytes: format!("{kind}{timestamp}").into(),
        timestamp,
        content,
        random_access: matches!(kind, 'k' | 's'),
        resync: if kind == 'k' { format!("<{timestamp}>").into() } else { Bytes::new() },
    }
}

#[tokio::test(start_paused = true)]
async fn a_transport_stream_starts_at_the_cached_gop() {
    let pieces = [('k', 0), ('v', 40), ('k', 80), ('a', 85), ('v', 120)];
    let mut following = Following::new(Format::Ts, LIMITS, Vhost::default(), &pieces);
    assert_eq!(following.batch().await, "k80 a85 v120");
    following.push(&[('v', 160)]);
    assert_eq!(following.batch().await, "v160");
}

#[tokio::test(start_paused = true)]
async fn without_a_cached_gop_a_transport_stream_starts_at_the_next_keyframe_with_nothing_before_it() {
    let limits = RingLimits { gop: GopLimits { enabled: false, ..LIMITS.gop }, ..LIMITS };
    let mut following = Following::new(Format::Ts, limits, Vhost::default(), &[('k', 0), ('v', 40)]);
    assert_eq!(following.batch().await, "");
    following.push(&[('a', 60), ('v', 80)]);
    assert_eq!(following.batch().await, "");
    following.push(&[('k', 120), ('a', 125)]);
    assert_eq!(following.batch().await, "k120 a125");
}

#[tokio::test(start_paused = true)]
async fn a_transport_stream_of_audio_starts_at_its_newest_start_with_and_without_gop_cache() {
    for enabled in [true, false] {
        let limits = RingLimits { gop: GopLimits { enabled, ..LIMITS.gop }, ..LIMITS };
        let pieces = [('s', 0), ('a', 20), ('s', 40), ('a', 60)];
        let mut following = Following::new(Format::Ts, limits, Vhost::default(), &pieces);
        assert_eq!(following.batch().await, "s40 a60");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_starts_in_the_publication_before() {
    let mut following = Following::new(Format::Ts, LIMITS, Vhost::default(), &[('s', 0), ('a', 20)]);
    following.feed.restart();
    assert_eq!(following.batch().await, "");
    following.push(&[('a', 40), ('s', 60)]);
    assert_eq!(following.batch().await, "s60");
}

#[tokio::test(start_paused = true)]
async fn a_slow_viewer_of_a_transport_stream_skips_to_the_newest_keyframe_and_is_told_so() {
    let mut following = Following::new(Format::Ts, LIMITS, Vhost::default(), &[('k', 0)]);
    assert_eq!(following.batch().await, "k0");
    let progress = following.viewer.progress();
    following.push(&[('v', 500), ('k', 900), ('v', 1600)]);
    assert_eq!(progress.queue_age(), 1600);
    assert_eq!(following.batch().await, "<900> k900 v1600");
    assert_eq!((progress.queue_age(), progress.skips(), progress.skipped_tags()), (0, 1, 1));
    assert_eq!(progress.sent_bytes(), "k0<900>k900v1600".len() as u64);
    // Said once.
    following.push(&[('k', 1700)]);
    assert_eq!(following.batch().await, "k1700");
}

#[tokio::test(start_paused = true)]
async fn a_skip_with_no_place_to_go_on_waits_for_one() {
    let limits = RingLimits { gop: GopLimits { enabled: false, ..LIMITS.gop }, ..LIMITS };
    let mut following = Following::new(Format::Ts, limits, Vhost::default(), &[]);
    assert_eq!(following.batch().await, "");
    following.push(&[('k', 0)]);
    assert_eq!(following.batch().await, "k0");
    following.push(&[('v', 1000), ('v', 2000), ('v', 4000)]);
    assert_eq!(following.batch().await, "");
    following.push(&[('v', 4040), ('k', 4080)]);
    assert_eq!(following.batch().await, "<4080> k4080");
}

#[tokio::test(start_paused = true)]
async fn audio_formats_start_at_the_live_edge_and_slow_viewers_skip_to_it() {
    for format in [Format::Mp3, Format::Aac] {
        let mut following =
            Following::new(format, LIMITS, Vhost::default(), &[('s', 0), ('s', 20), ('s', 40)]);
        assert_eq!(following.batch().await, "");
        following.push(&[('s', 60)]);
        assert_eq!(following.batch().await, "s60");
        following.push(&[('s', 80), ('s', 1000), ('s', 1100)]);
        assert_eq!(following.batch().await, "s1100");
        assert_eq!(following.viewer.progress().skipped_tags(), 2);
    }
}

/// A ring of audio frames at their exact times, rounded down as FLV has them, up to `end` milliseconds.
fn frames(sample_rate: u64, samples: u64, end: u64) -> Vec<(char, u64)> {
    (0..)
        .map(|frame| ('s', frame * samples * 1000 / sample_rate))
        .take_while(|&(_, time)| time <= end)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn fast_cache_is_the_newest_seconds_and_less_than_a_frame_more() {
    for (sample_rate, samples) in
        [(44_100, 1024), (48_000, 1024), (22_050, 2048), (44_100, 1152), (48_000, 1152)]
    {
        for join in 0..20 {
            let mut vhost = Vhost::default();
            vhost.http_remux.fast_cache = Duration::from_secs(5);
            let limits = RingLimits { duration: 6000, reserve: 6000, ..LIMITS };
            let pieces = frames(sample_rate, samples, 20_000 + join * 37);
            let mut following = Following::new(Format::Aac, limits, vhost, &pieces);
            let batch = following.batch().await;
            let frame = samples as f64 / sample_rate as f64;
            let seconds = batch.split(' ').count() as f64 * frame;
            assert!((5.0..5.0 + frame).contains(&seconds), "{sample_rate}/{samples}: {seconds}");
            assert!(batch.ends_with(&format!("s{}", pieces.last().unwrap().1)));
            assert_eq!(following.batch().await, "", "all of it in one batch");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fast_cache_is_all_there_is_when_there_is_less() {
    let mut vhost = Vhost::default();
    vhost.http_remux.fast_cache = Duration::from_secs(5);
    let mut following = Following::new(Format::Mp3, LIMITS, vhost, &[('s', 0), ('s', 24), ('s', 48)]);
    assert_eq!(following.batch().await, "s0 s24 s48");
    following.push(&[('s', 72)]);
    assert_eq!(following.batch().await, "s72");
}
