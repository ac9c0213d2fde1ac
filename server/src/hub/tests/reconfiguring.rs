//! Reloads, as running streams see them.

use super::*;

/// The vhost of [`key`], delivered over HTTP.
fn mounted() -> Vhost {
    let mut vhost = Vhost { name: key().vhost, ..Vhost::default() };
    vhost.http_remux.enabled = true;
    vhost
}

fn config(vhosts: impl IntoIterator<Item = Vhost>) -> Arc<Config> {
    Arc::new(Config { vhosts: vhosts.into_iter().map(Arc::new).collect(), ..Config::default() })
}

/// A stream with a viewer that has had the first keyframe.
async fn watched(vhost: Vhost) -> (Arc<Hub>, Publisher, Watcher) {
    let (hub, _, publisher) = start(vhost).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let mut watcher = Watcher::join(&hub).await;
    watcher.seen(4).await;
    (hub, publisher, watcher)
}

async fn is_cancelled(publisher: &Publisher) -> bool {
    timeout(Duration::from_millis(1), publisher.cancelled()).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_vhost_does_not_notice() {
    let (hub, publisher, mut watcher) = watched(mounted()).await;
    let other = Vhost { name: "other".into(), ..Vhost::default() };
    hub.reconfigure(&config([other, mounted()]), || ());
    publisher.push(inter(40));
    assert_eq!(watcher.seen(1).await, ["i40"]);
    assert!(!is_cancelled(&publisher).await);
}

#[tokio::test(start_paused = true)]
async fn a_vhost_that_is_gone_or_disabled_ends_its_streams_at_once() {
    for left in [vec![], vec![Vhost { enabled: false, ..mounted() }]] {
        let (hub, publisher, mut watcher) = watched(mounted()).await;
        publisher.push(inter(40));
        hub.reconfigure(&config(left), || ());
        assert_eq!(watcher.end().await, End::Withdrawn);
        assert_eq!(watcher.seen, [""; 0], "nothing more is given out");
        publisher.cancelled().await;
        assert!(hub.streams().is_empty());
        drop(publisher);

        let again = hub.publish(key(), Arc::new(mounted()), PublisherInfo::default()).await;
        assert!(matches!(again, Err(PublishError::NoVhost(name)) if name == "v"));
        hub.reconfigure(&config([mounted()]), || ());
        let _publisher = publish(&hub, &Arc::new(mounted())).await;
        assert!(hub.view(&key(), Format::Flv, Duration::ZERO).await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn new_bounds_hold_for_the_running_stream() {
    let (hub, publisher, mut watcher) = watched(mounted()).await;
    let mut vhost = mounted();
    vhost.play.queue_length = Duration::from_secs(1);
    hub.reconfigure(&config([vhost]), || ());
    for step in 1..100 {
        publisher.push(inter(step * 40));
    }
    publisher.push(keyframe(4000));
    publisher.push(inter(4040));
    assert_eq!(watcher.seen(2).await, ["k4000", "i4040"]);
    assert_eq!(hub.streams()[0].drops.skips, 1);
}

#[tokio::test(start_paused = true)]
async fn gathering_can_begin_change_and_end() {
    let (hub, publisher, mut watcher) = watched(mounted()).await;
    let mut time = 0;
    for milliseconds in [350, 100, 0, 200] {
        let mut vhost = mounted();
        vhost.play.mw_latency = Duration::from_millis(milliseconds);
        hub.reconfigure(&config([vhost]), || ());
        time += 40;
        let begun = Instant::now();
        // The viewer waits when the tag comes.
        let (step, ()) = tokio::join!(watcher.step(), async { publisher.push(inter(time)) });
        step.unwrap();
        assert_eq!(begun.elapsed(), Duration::from_millis(milliseconds));
    }
    assert_eq!(watcher.seen, ["i40", "i80", "i120", "i160"]);
}

#[tokio::test(start_paused = true)]
async fn what_has_been_gathered_when_gathering_ends_is_told() {
    let mut vhost = mounted();
    vhost.play.mw_latency = Duration::from_millis(350);
    let (hub, publisher, mut watcher) = watched(vhost).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begun = Instant::now();
    let (seen, ()) = tokio::join!(watcher.seen(1), async {
        publisher.push(inter(40));
        hub.reconfigure(&config([mounted()]), || ());
    });
    assert_eq!(seen, ["i40"]);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_format_that_is_no_longer_delivered_loses_its_viewers_only() {
    let mut off = mounted();
    off.http_remux.enabled = false;
    let mut other_mount = mounted();
    other_mount.http_remux.mounts = vec![crate::config::MountTemplate("/[app]/[stream].ts".into())];
    for withdrawn in [off, other_mount] {
        let (hub, publisher, mut watcher) = watched(mounted()).await;
        hub.reconfigure(&config([withdrawn]), || ());
        assert_eq!(watcher.end().await, End::Withdrawn);
        drop(watcher);
        publisher.push(inter(40));
        assert!(!is_cancelled(&publisher).await);

        // Who comes when it is delivered again finds what was there all the time.
        hub.reconfigure(&config([mounted()]), || ());
        let mut watcher = Watcher::join(&hub).await;
        assert_eq!(watcher.seen(5).await, ["av", "V", "A", "k0", "i40"]);
        publisher.push(inter(80));
        assert_eq!(watcher.seen(1).await, ["i80"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_grace_period_holds_for_the_running_publication() {
    let (hub, publisher, mut watcher) = watched(mounted()).await;
    let mut vhost = mounted();
    vhost.publish.grace_timeout = Duration::from_secs(1);
    hub.reconfigure(&config([vhost]), || ());
    let begun = Instant::now();
    drop(publisher);
    assert_eq!(watcher.end().await, End::StreamEnded);
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn no_track_goes_back_when_timestamps_are_mended_by_other_rules() {
    use crate::config::TimeJitter;

    let (hub, publisher, mut watcher) = watched(mounted()).await;
    publisher.push(audio(0));
    (1..=20).for_each(|step| publisher.push(inter(step * 40)));
    // Its timestamps stand still: it is carried along with the video.
    publisher.push(audio(0));
    let mut vhost = mounted();
    vhost.play.time_jitter = TimeJitter::Zero;
    hub.reconfigure(&config([vhost]), || ());
    publisher.push(audio(20));
    let seen = watcher.seen(23).await;
    let audio: Vec<u32> = seen.iter().filter_map(|tag| tag.strip_prefix('a')?.parse().ok()).collect();
    assert!(audio.is_sorted() && audio[1] >= 800, "{audio:?}");
}

#[tokio::test(start_paused = true)]
async fn the_grace_period_of_a_stream_that_a_reload_has_ended_does_not_end_the_next_one() {
    let (hub, publisher, _watcher) = watched(mounted()).await;
    drop(publisher);
    hub.reconfigure(&config([]), || ());
    hub.reconfigure(&config([mounted()]), || ());
    let _publisher = publish(&hub, &Arc::new(mounted())).await;
    tokio::time::sleep(2 * Publish::default().grace_timeout).await;
    assert!(hub.has(&key()), "it is still published");
}
