//! What viewers get first.

use super::*;
use crate::config::TimeJitter;

#[tokio::test(start_paused = true)]
async fn a_late_viewer_gets_setup_in_order_and_the_gop() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    for tag in
        [tag(TagType::Script, 0, b"meta"), video_config(), audio_config(), keyframe(0), audio(5), inter(40)]
    {
        publisher.push(tag);
    }
    publisher.push(keyframe(80));
    publisher.push(audio(90));
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(6).await, ["av", "M", "V", "A", "k0", "a10"]);
    publisher.push(inter(120));
    assert_eq!(watcher.seen(1).await, ["i40"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_viewer_begins_with_has_the_time_that_the_viewer_begins_at() {
    // With the stream's own clock; where viewers have theirs, all of it is at 0.
    let mut vhost = Vhost::default();
    vhost.play.time_jitter = TimeJitter::Off;
    let (hub, _, publisher) = start(vhost).await;
    let setup = [tag(TagType::Script, 0, b"meta"), audio_config(), video_config()];
    setup.iter().cloned().for_each(|tag| publisher.push(tag));
    for at in (0..3_600_000).step_by(1000) {
        // Encoders repeat it, with a time of 0.
        setup.iter().cloned().for_each(|tag| publisher.push(tag));
        publisher.push(keyframe(at));
        publisher.push(audio(at + 10));
    }
    let mut viewer = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap();
    let mut batch = Vec::new();
    viewer.next(&mut batch).await.unwrap();
    let tags: Vec<_> = batch[1..].iter().map(|tag| (tag[0], &tag[4..8])).collect();
    // 3,599,000 ms, low bits first and then the high ones.
    let time = &[0x36, 0xea, 0x98, 0][..];
    assert_eq!(tags[..4], [(18, time), (9, time), (8, time), (9, time)]);
}

#[tokio::test(start_paused = true)]
async fn without_a_gop_cache_video_starts_at_the_next_keyframe() {
    let mut vhost = Vhost::default();
    vhost.play.gop_cache = false;
    let (hub, _, publisher) = start(vhost).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(3).await, ["av", "V", "A"]);
    for tag in [inter(40), audio(41), keyframe(80), inter(120)] {
        publisher.push(tag);
    }
    assert_eq!(watcher.seen(3).await, ["a1", "k40", "i80"]);
}

#[tokio::test(start_paused = true)]
async fn a_header_waits_for_the_second_track_but_not_for_ever() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(video_config());
    publisher.push(keyframe(0));
    let mut early = Watcher::join(&hub).await;
    let begun = Instant::now();
    assert_eq!(early.seen(3).await, ["v", "V", "k0"]);
    assert_eq!(begun.elapsed(), Vhost::default().http_remux.guess_timeout);
}

#[tokio::test(start_paused = true)]
async fn a_viewer_between_a_keyframe_and_the_first_audio_gets_audio() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(4).await, ["av", "V", "A", "k0"]);
}

#[tokio::test(start_paused = true)]
async fn flags_are_as_configured_when_not_guessed() {
    let mut vhost = Vhost::default();
    vhost.http_remux.guess_has_av = false;
    vhost.http_remux.has_audio = false;
    let (hub, _, publisher) = start(vhost).await;
    for tag in [video_config(), audio_config(), keyframe(0), audio(1)] {
        publisher.push(tag);
    }
    assert_eq!(Watcher::join(&hub).await.seen(3).await, ["v", "V", "k0"]);
}

#[tokio::test(start_paused = true)]
async fn gathered_tags_come_together() {
    let mut vhost = Vhost::default();
    vhost.play.mw_latency = Duration::from_millis(350);
    let (hub, _, publisher) = start(vhost).await;
    publisher.push(video_config());
    publisher.push(audio_config());
    publisher.push(keyframe(0));
    let mut watcher = Watcher::join(&hub).await;
    watcher.seen(4).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begun = Instant::now();
    let pushing = async {
        for step in 1..4 {
            publisher.push(inter(step * 40));
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    };
    let watching = async {
        watcher.step().await.unwrap();
        assert_eq!(begun.elapsed(), Duration::from_millis(350));
        assert_eq!(watcher.seen, ["i40", "i80", "i120"]);
    };
    tokio::join!(watching, pushing);
}

#[tokio::test(start_paused = true)]
async fn a_missing_stream_is_refused_now_or_after_the_wait() {
    let (hub, vhost) = (Hub::new(), Arc::new(Vhost::default()));
    assert!(hub.view(&key(), Format::Flv, Duration::ZERO).await.is_err());
    let begun = Instant::now();
    assert!(hub.view(&key(), Format::Flv, Duration::from_secs(2)).await.is_err());
    assert_eq!(begun.elapsed(), Duration::from_secs(2));

    let waiting = tokio::spawn({
        let hub = hub.clone();
        async move { hub.view(&key(), Format::Flv, Duration::from_secs(5)).await }
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    let _publisher = publish(&hub, &vhost).await;
    assert!(waiting.await.unwrap().is_ok());
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn viewers_are_counted() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(video_config());
    let watchers = [Watcher::join(&hub).await, Watcher::join(&hub).await];
    assert_eq!(hub.streams()[0].viewers, 2);
    drop(watchers);
    assert_eq!(hub.streams()[0].viewers, 0);
}
