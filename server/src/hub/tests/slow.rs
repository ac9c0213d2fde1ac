//! Viewers that cannot follow.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_slow_viewer_skips_to_the_newest_keyframe_with_new_setup() {
    let mut vhost = Vhost::default();
    vhost.play.queue_length = Duration::from_secs(1);
    let (hub, _, publisher) = start(vhost).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(4).await, ["av", "V", "A", "k0"]);
    for step in 1..100 {
        publisher.push(inter(step * 40));
    }
    publisher.push(tag(TagType::Video, 4000, &[0x17, 0, 0, 0, 0, 1, 77, 0, 31]));
    publisher.push(keyframe(4000));
    publisher.push(inter(4040));
    assert_eq!(watcher.seen(3).await, ["V", "k4000", "i4040"]);
    let drops = hub.streams()[0].drops;
    assert_eq!((drops.skips, drops.skipped_tags, drops.too_slow), (1, 100, 0));
}

#[tokio::test(start_paused = true)]
async fn a_viewer_that_keeps_falling_behind_is_let_go() {
    let mut vhost = Vhost::default();
    vhost.play.queue_length = Duration::from_secs(1);
    vhost.play.queue_max_skips = 2;
    let (hub, _, publisher) = start(vhost).await;
    publisher.push(video_config());
    publisher.push(audio_config());
    publisher.push(keyframe(0));
    let mut watcher = Watcher::join(&hub).await;
    watcher.seen(4).await;
    let mut time = 0;
    let end = loop {
        // More than one batch holds, so that the viewer never reaches the end of the feed.
        for _ in 0..3 {
            time += 2000;
            publisher.push(keyframe(time));
            for step in 1..80 {
                publisher.push(inter(time + step));
            }
        }
        if let Err(end) = watcher.step().await {
            break end;
        }
    };
    assert_eq!(end, End::TooSlow);
    assert_eq!(hub.streams()[0].drops.too_slow, 1);
    assert_eq!(hub.streams()[0].drops.skips, 2);
}

#[tokio::test(start_paused = true)]
async fn a_gop_longer_than_the_queue_is_no_reason_to_skip() {
    let mut vhost = Vhost::default();
    vhost.play.queue_length = Duration::from_secs(1);
    let (hub, _, publisher) = start(vhost).await;
    publisher.push(video_config());
    publisher.push(audio_config());
    publisher.push(keyframe(0));
    for step in 1..50 {
        publisher.push(inter(step * 1000));
    }
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(53).await.len(), 53);
    assert_eq!(hub.streams()[0].drops, Drops::default());
}

#[tokio::test(start_paused = true)]
async fn who_skips_over_a_restart_is_told_what_the_new_publisher_repeats() {
    let mut vhost = Vhost::default();
    vhost.play.queue_max_bytes = 30_000;
    vhost.play.gop_cache = false;
    let (hub, vhost, publisher) = start(vhost).await;
    for tag in [audio_config(), audio(0)] {
        publisher.push(tag);
    }
    let mut viewer = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap().whole();
    viewer.next(&mut Vec::new()).await.unwrap();
    publisher.push(video_config());
    publisher.push(keyframe(0));
    (1..1000).for_each(|step| publisher.push(inter(step)));
    drop(publisher);

    let publisher = publish(&hub, &vhost).await;
    let mut batch = Vec::new();
    assert!(
        timeout(Duration::from_secs(1), viewer.next(&mut batch)).await.is_err(),
        "it has skipped to the end"
    );
    publisher.push(video_config());
    publisher.push(keyframe(0));
    viewer.next(&mut batch).await.unwrap();
    let tells = |bytes: &Bytes| bytes.windows(VIDEO_CONFIG.len()).any(|window| window == VIDEO_CONFIG);
    assert!(batch.iter().any(tells), "{batch:?}");
}
