//! What time it is for a viewer: from 0 on, however old the stream is.

use proptest::prelude::*;

use super::*;
use crate::config::TimeJitter;

/// Rules under which the stream's clock takes every step of the publisher's, so that a stream may be of any age.
fn any_step() -> Vhost {
    let mut vhost = Vhost::default();
    vhost.play.time_jitter = TimeJitter::Zero;
    vhost
}

/// A stream that is so many milliseconds old, with a keyframe.
async fn aged(vhost: Vhost, age: u64) -> (Arc<Hub>, Publisher) {
    let (hub, _, publisher) = start(vhost).await;
    for tag in [tag(TagType::Script, 0, b"meta"), video_config(), audio_config()] {
        publisher.push(tag);
    }
    // A step of 2^31 or more is one back, in 32 bits.
    for time in (0..age).step_by(1 << 30) {
        publisher.push(keyframe(time));
    }
    publisher.push(keyframe(age));
    (hub, publisher)
}

#[tokio::test(start_paused = true)]
async fn a_camera_of_any_age_begins_at_0_and_plays_through_2_31_and_2_32() {
    for limit in [1 << 31, 1 << 32, 1 << 33] {
        let (hub, publisher) = aged(any_step(), limit - 80).await;
        let mut watcher = Watcher::join(&hub).await;
        publisher.push(audio(limit - 77));
        assert_eq!(watcher.seen(6).await, ["av", "M", "V", "A", "k0", "a3"]);
        for step in [limit - 40, limit, limit + 40] {
            publisher.push(inter(step));
        }
        publisher.push(audio(limit + 50));
        publisher.push(keyframe(limit + 80));
        assert_eq!(watcher.seen(5).await, ["i40", "i80", "i120", "a130", "k160"]);
        // The next sound may come for a time before the picture's.
        let mut late = Watcher::join(&hub).await;
        assert_eq!(late.seen(5).await, ["av", "M", "V", "A", "k30"]);
    }
}

#[tokio::test(start_paused = true)]
async fn who_watches_for_longer_than_2_32_ms_gets_a_clock_that_wraps_there() {
    let (hub, publisher) = aged(any_step(), 5_000_000).await;
    let mut watcher = Watcher::join(&hub).await;
    watcher.seen(5).await;
    let mut seen = Vec::new();
    for step in [1 << 30, (1 << 31) - 1, 1 << 31, 3 << 30, (1 << 32) - 1, 1 << 32, (1 << 32) + 40] {
        publisher.push(keyframe(5_000_000 + step));
        seen.extend(watcher.seen(1).await);
    }
    let times = ["k1073741824", "k2147483647", "k2147483648", "k3221225472", "k4294967295", "k0", "k40"];
    assert_eq!(seen, times);
}

#[tokio::test(start_paused = true)]
async fn with_the_publishers_clock_viewers_get_the_publishers_timestamps() {
    for limit in [1_u64 << 31, 1 << 32] {
        let mut vhost = Vhost::default();
        vhost.play.time_jitter = TimeJitter::Off;
        let (hub, _, publisher) = start(vhost).await;
        for tag in [video_config(), audio_config(), keyframe(limit - 40), inter(limit), audio(limit)] {
            publisher.push(tag);
        }
        let wire = |time: u64| time % (1 << 32);
        let frames = [format!("k{}", limit - 40), format!("i{}", wire(limit)), format!("a{}", wire(limit))];
        assert_eq!(Watcher::join(&hub).await.seen(6).await[3..], frames);
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_before_the_first_frame_begins_at_0() {
    let mut vhost = any_step();
    vhost.play.gop_cache = false;
    let (hub, publisher) = aged(vhost, 90_000).await;
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(4).await, ["av", "M", "V", "A"]);
    publisher.push(audio(90_010));
    publisher.push(keyframe(90_040));
    assert_eq!(watcher.seen(2).await, ["a0", "k30"]);
}

#[tokio::test(start_paused = true)]
async fn who_skips_keeps_the_clock_and_gets_setup_at_the_time_of_its_keyframe() {
    let mut vhost = any_step();
    vhost.play.queue_length = Duration::from_secs(1);
    let (hub, publisher) = aged(vhost, 90_000).await;
    let mut viewer = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap();
    viewer.next(&mut Vec::new()).await.unwrap();
    for step in 1..100 {
        publisher.push(inter(90_000 + step * 40));
    }
    publisher.push(tag(TagType::Video, 0, &[0x17, 0, 0, 0, 0, 1, 77, 0, 31]));
    publisher.push(keyframe(94_000));
    let mut batch = Vec::new();
    viewer.next(&mut batch).await.unwrap();
    assert_eq!(viewer.progress().skips(), 1);
    let times: Vec<_> =
        batch.iter().map(|tag| u32::from_be_bytes([tag[7], tag[4], tag[5], tag[6]])).collect();
    assert_eq!(times, [4000, 4000]);
}

#[tokio::test(start_paused = true)]
async fn viewers_of_different_clocks_share_what_they_get() {
    let (hub, publisher) = aged(any_step(), 90_000).await;
    let mut early = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap();
    let mut batch = Batch::default();
    early.poll_next(&mut batch).unwrap();
    publisher.push(keyframe(92_000));
    let mut late = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap();
    batch.clear();
    late.poll_next(&mut batch).unwrap();
    batch.clear();
    early.poll_next(&mut batch).unwrap();

    publisher.push(inter(92_040));
    batch.clear();
    early.poll_next(&mut batch).unwrap();
    let time = |viewer: &Viewer, batch: &Batch| {
        let parcels: Vec<_> = batch.parcels_at(viewer.clock()).iter().collect();
        let [(Some(head), parcel)] = parcels[..] else { panic!("one tag, with a head of its own") };
        assert_eq!(parcel.as_ptr(), batch.parcels()[0].as_ptr(), "shared");
        u32::from_be_bytes([head[7], head[4], head[5], head[6]])
    };
    assert_eq!((time(&early, &batch), batch.is_new()), (2040, true));
    late.poll_next(&mut batch).unwrap();
    assert_eq!((time(&late, &batch), batch.is_new()), (40, false));
}

/// The frames that a viewer gets: whether of video, and when.
fn frames(seen: &[String]) -> Vec<(bool, i64)> {
    let frame = |what: &String| Some((!what.starts_with('a'), what[1..].parse().ok()?));
    seen.iter().filter_map(frame).collect()
}

proptest! {
    /// Whenever one joins, and however far apart the tracks are: each frame's time is the stream's, less what all have in
    /// common, and the earliest is at 0.
    #[test]
    fn every_viewer_begins_at_0_and_keeps_every_step(
        age in prop_oneof![Just(0_u64), Just((1 << 31) - 3000), Just((1 << 32) - 3000), 0..1_u64 << 34],
        distance in prop_oneof![Just(0_u64), 0..600_000_u64],
        joins in 1..100_usize,
    ) {
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
            let mut vhost = any_step();
            vhost.play.queue_length = Duration::from_hours(1);
            let (hub, publisher) = aged(vhost, age).await;
            let mut pushed = Vec::new();
            let mut watcher = None;
            for frame in 0..120_usize {
                let time = age + distance + 40 * frame as u64;
                if frame == joins {
                    let watcher = watcher.insert(Watcher::join(&hub).await);
                    watcher.step().await.unwrap();
                }
                publisher.push(if frame % 25 == 0 { keyframe(time) } else { inter(time) });
                publisher.push(audio(time - distance));
                pushed.extend([(true, time), (false, time - distance)]);
            }
            publisher.finish();
            let mut watcher = watcher.unwrap();
            watcher.end().await;
            let got = frames(&watcher.seen);
            let sent = &pushed[pushed.len() - got.len()..];
            let earliest = sent.iter().map(|(_, time)| *time).min().unwrap();
            let expected: Vec<_> = sent.iter().map(|&(video, time)| (video, (time - earliest) as i64)).collect();
            assert_eq!(got, expected);
        });
    }
}
