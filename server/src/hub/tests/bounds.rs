//! What a stream holds in memory has a bound, whatever is sent and whatever its clock says.

use super::*;
use crate::config::TimeJitter;

const QUEUE: usize = 4 << 20;

/// What is kept for viewers to come when frames are tiny: two thousand of them, at three hundred bytes.
const FOR_NOBODY: u64 = 1 << 20;

/// The timestamp of the tag with this number.
type Clock = fn(u64) -> u64;

/// Clocks that do not move as media does.
const CLOCKS: [(&str, Clock); 5] = [
    ("equal", |_| 1000),
    ("backwards", |number| (1 << 31) - number % (1 << 30)),
    ("set at random", |number| number.wrapping_mul(0x9e37_79b9) % (1 << 31)),
    ("to and fro", |number| if number.is_multiple_of(2) { 0 } else { 600_000 }),
    ("a quarter of a second each", |number| number * 250),
];

fn vhost() -> Vhost {
    let mut vhost = Vhost::default();
    vhost.play.queue_max_bytes = QUEUE;
    vhost.play.gop_cache_max_bytes = QUEUE;
    vhost.play.time_jitter = TimeJitter::Off;
    vhost
}

fn held(hub: &Hub) -> u64 {
    hub.streams()[0].buffered_bytes
}

/// Pushes as many tiny tags as `number` has; returns the most that was held.
fn flood(hub: &Hub, publisher: &Publisher, number: std::ops::Range<u64>, clock: Clock) -> u64 {
    let mut most = 0;
    for number in number {
        publisher.push(audio(clock(number)));
        if number.is_multiple_of(100) {
            most = most.max(held(hub));
        }
    }
    most
}

#[tokio::test(start_paused = true)]
async fn tiny_tags_that_nobody_watches_are_let_go_whatever_their_clock_says() {
    for (name, clock) in CLOCKS {
        let (hub, _, publisher) = start(vhost()).await;
        publisher.push(audio_config());
        let most = flood(&hub, &publisher, 0..50_000, clock);
        assert!(most <= FOR_NOBODY, "{name}: {most} bytes");
    }
}

#[tokio::test(start_paused = true)]
async fn a_keyframe_of_long_ago_keeps_nothing_when_its_gop_is_too_long() {
    for (name, clock) in CLOCKS {
        let (hub, _, publisher) = start(vhost()).await;
        publisher.push(keyframe(clock(0)));
        flood(&hub, &publisher, 0..50_000, clock);
        assert!(held(&hub) <= FOR_NOBODY, "{name}: {} bytes", held(&hub));
    }
}

#[tokio::test(start_paused = true)]
async fn a_viewer_who_keeps_up_holds_nothing_though_the_clock_stands() {
    for (name, clock) in CLOCKS {
        let (hub, _, publisher) = start(vhost()).await;
        publisher.push(audio_config());
        publisher.push(audio(clock(0)));
        let mut viewer = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap().whole();
        let mut batch = Vec::new();
        for round in 0..500 {
            flood(&hub, &publisher, round * 50..(round + 1) * 50, clock);
            let next = timeout(PATIENCE, viewer.next(&mut batch)).await;
            next.expect("there is something for the viewer").unwrap();
            batch.clear();
        }
        assert!(held(&hub) <= FOR_NOBODY, "{name}: {} bytes", held(&hub));
        assert_eq!(hub.streams()[0].drops, Drops::default(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_viewer_who_does_not_read_holds_the_queue_and_no_more() {
    for (name, clock) in CLOCKS {
        let (hub, _, publisher) = start(vhost()).await;
        publisher.push(audio_config());
        publisher.push(audio(clock(0)));
        let mut viewer = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap().whole();
        viewer.next(&mut Vec::new()).await.unwrap();
        let most = flood(&hub, &publisher, 0..50_000, clock);
        // Where the clock moves, the time that a viewer may be behind is the bound.
        let least = if name == "a quarter of a second each" { 0 } else { QUEUE as u64 / 2 };
        assert!((least..=QUEUE as u64).contains(&most), "{name}: {most} bytes");
        // It goes on with what comes.
        let mut batch = Vec::new();
        let next = async { timeout(PATIENCE, viewer.next(&mut batch)).await };
        let (next, ()) = tokio::join!(next, async { publisher.push(audio(clock(50_000))) });
        next.expect("there is something for the viewer").unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn tracks_that_are_ten_minutes_apart_do_not_push_each_other_out() {
    const APART: u64 = 600_000;
    let (hub, _, publisher) = start(vhost()).await;
    for tag in [video_config(), audio_config(), keyframe(0), audio(APART)] {
        publisher.push(tag);
    }
    let mut watcher = Watcher::join(&hub).await;
    watcher.seen(5).await;
    // A GOP of five seconds, and one of the same length behind it.
    for step in 1..250 {
        publisher.push(if step == 125 { keyframe(step * 40) } else { inter(step * 40) });
        publisher.push(audio(APART + step * 40));
    }
    assert_eq!(watcher.seen(2 * 249).await[..2], ["i40", "a600040"]);
    assert_eq!(hub.streams()[0].drops, Drops::default());
    assert!(watcher.viewer.progress().queue_age() < 1000);
}

#[tokio::test(start_paused = true)]
async fn metadata_and_settings_count_and_are_not_kept_beyond_a_megabyte() {
    let (hub, _, publisher) = start(vhost()).await;
    let mut most = 0;
    for number in 0..500_u32 {
        let metadata = [&number.to_be_bytes()[..], &[0; 100_000]].concat();
        publisher.push(tag(TagType::Script, 0, &metadata));
        publisher.push(audio(0));
        most = most.max(held(&hub));
    }
    assert!(most <= QUEUE as u64, "{most} bytes");
    publisher.push(tag(TagType::Script, 0, &[1; 2_000_000]));
    publisher.push(audio_config());
    let mut viewer = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap().whole();
    let mut batch = Vec::new();
    viewer.next(&mut batch).await.unwrap();
    assert!(batch.iter().map(Bytes::len).sum::<usize>() < 1000, "the header and the audio's configuration");
}
