//! The hub as publishers and viewers meet it, on virtual time.

use bytes::Bytes;
use flvgate_media::flv::{Demuxer, Event, Tag, TagType};

use tokio::time::timeout;

use super::*;
use crate::config::Publish;

/// On virtual time this passes as soon as nothing else is to come.
const PATIENCE: Duration = Duration::from_hours(1);

const VIDEO_CONFIG: &[u8] = &[0x17, 0, 0, 0, 0, 1, 100, 0, 31];
const AUDIO_CONFIG: &[u8] = &[0xaf, 0, 0x12, 0x10];

fn key() -> StreamKey {
    StreamKey { vhost: "v".into(), app: "live".into(), stream: "cam.1".into() }
}

fn tag(tag_type: TagType, timestamp: u64, body: &[u8]) -> Tag {
    Tag::parse(tag_type, timestamp, Bytes::copy_from_slice(body)).unwrap()
}

fn keyframe(timestamp: u64) -> Tag {
    tag(TagType::Video, timestamp, &[0x17, 1, 0, 0, 0, 0xaa])
}

fn inter(timestamp: u64) -> Tag {
    tag(TagType::Video, timestamp, &[0x27, 1, 0, 0, 0, 0xbb])
}

fn audio(timestamp: u64) -> Tag {
    tag(TagType::Audio, timestamp, &[0xaf, 1, 0xcc])
}

fn video_config() -> Tag {
    tag(TagType::Video, 0, VIDEO_CONFIG)
}

fn audio_config() -> Tag {
    tag(TagType::Audio, 0, AUDIO_CONFIG)
}

async fn publish(hub: &Arc<Hub>, vhost: &Arc<Vhost>) -> Publisher {
    hub.publish(key(), vhost.clone(), PublisherInfo::default()).await.unwrap()
}

async fn start(vhost: Vhost) -> (Arc<Hub>, Arc<Vhost>, Publisher) {
    let (hub, vhost) = (Hub::new(), Arc::new(vhost));
    let publisher = publish(&hub, &vhost).await;
    (hub, vhost, publisher)
}

/// A viewer that demuxes what it gets.
struct Watcher {
    viewer: Viewer,
    demuxer: Demuxer,
    seen: Vec<String>,
}

impl Watcher {
    async fn join(hub: &Arc<Hub>) -> Self {
        let viewer = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap();
        Self { viewer, demuxer: Demuxer::new(), seen: Vec::new() }
    }

    /// What has come, in short: `av` the header, `A` `V` `M` setup, `k` `i` `a` frames with their timestamps.
    async fn seen(&mut self, count: usize) -> Vec<String> {
        while self.seen.len() < count {
            self.step().await.unwrap();
        }
        assert_eq!(self.seen.len(), count, "{:?}", self.seen);
        std::mem::take(&mut self.seen)
    }

    async fn step(&mut self) -> Result<(), End> {
        let mut batch = Vec::new();
        let next = timeout(PATIENCE, self.viewer.next(&mut batch)).await;
        next.expect("there is something for the viewer")?;
        for parcel in batch {
            self.demuxer
                .push(&parcel, |event| {
                    self.seen.push(match event {
                        Event::Header(header) => {
                            format!(
                                "{}{}",
                                if header.has_audio { "a" } else { "" },
                                if header.has_video { "v" } else { "" }
                            )
                        }
                        Event::Tag(tag) => describe(tag.tag_type, tag.timestamp, tag.body),
                    });
                })
                .unwrap();
        }
        Ok(())
    }

    async fn end(&mut self) -> End {
        loop {
            if let Err(end) = self.step().await {
                return end;
            }
        }
    }
}

fn describe(tag_type: TagType, timestamp: u32, body: &[u8]) -> String {
    match (tag_type, body[0], body.get(1)) {
        (TagType::Script, ..) => "M".into(),
        (TagType::Audio, _, Some(0)) => "A".into(),
        (TagType::Audio, ..) => format!("a{timestamp}"),
        (TagType::Video, _, Some(0)) => "V".into(),
        (TagType::Video, 0x17, _) => format!("k{timestamp}"),
        (TagType::Video, ..) => format!("i{timestamp}"),
    }
}

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
    assert_eq!(watcher.seen(6).await, ["av", "M", "A", "V", "k80", "a90"]);
    publisher.push(inter(120));
    assert_eq!(watcher.seen(1).await, ["i120"]);
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
    assert_eq!(watcher.seen(3).await, ["av", "A", "V"]);
    for tag in [inter(40), audio(41), keyframe(80), inter(120)] {
        publisher.push(tag);
    }
    assert_eq!(watcher.seen(3).await, ["a41", "k80", "i120"]);
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

    // What the header denies does not come; who joins later is told the truth.
    publisher.push(audio_config());
    publisher.push(inter(40));
    assert_eq!(early.seen(1).await, ["i40"]);
    assert_eq!(Watcher::join(&hub).await.seen(5).await, ["av", "V", "k0", "A", "i40"]);
}

#[tokio::test(start_paused = true)]
async fn a_viewer_between_a_keyframe_and_the_first_audio_gets_audio() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(4).await, ["av", "A", "V", "k0"]);
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
async fn a_restart_goes_on_at_a_keyframe_with_what_has_changed() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    for tag in [video_config(), audio_config(), keyframe(0), inter(40)] {
        publisher.push(tag);
    }
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(5).await, ["av", "A", "V", "k0", "i40"]);
    drop(publisher);
    tokio::time::sleep(Duration::from_secs(9)).await;

    let publisher = publish(&hub, &vhost).await;
    for tag in [video_config(), audio_config(), inter(0), keyframe(40), inter(80)] {
        publisher.push(tag);
    }
    assert_eq!(watcher.seen(2).await, ["k120", "i160"]);
    drop(publisher);

    let publisher = publish(&hub, &vhost).await;
    publisher.push(tag(TagType::Video, 0, &[0x17, 0, 0, 0, 0, 1, 77, 0, 31]));
    publisher.push(keyframe(0));
    assert_eq!(watcher.seen(2).await, ["V", "k200"]);
}

#[tokio::test(start_paused = true)]
async fn viewers_end_when_the_publisher_stays_away() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    publisher.push(video_config());
    let mut watcher = Watcher::join(&hub).await;
    drop(publisher);
    let begun = Instant::now();
    assert_eq!(watcher.end().await, End::StreamEnded);
    assert_eq!(begun.elapsed(), Publish::default().grace_timeout);
    assert!(hub.view(&key(), Format::Flv, Duration::ZERO).await.is_err());
    let _publisher = publish(&hub, &vhost).await;
    assert!(hub.view(&key(), Format::Flv, Duration::ZERO).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_grace_period_that_is_over_does_not_end_the_next_publication() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    drop(publisher);
    let publisher = publish(&hub, &vhost).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    publisher.push(audio_config());
    publisher.push(audio(0));
    assert_eq!(hub.streams().len(), 1);
    assert_eq!(Watcher::join(&hub).await.seen(2).await, ["a", "A"]);
}

#[tokio::test(start_paused = true)]
async fn fast_republish_never_wedges() {
    let (hub, vhost, mut publisher) = start(Vhost::default()).await;
    for pause in [0, 20, 50, 0, 499] {
        let leaving = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            drop(publisher);
        });
        publisher = publish(&hub, &vhost).await;
        leaving.await.unwrap();
    }
    publisher.push(video_config());
    publisher.push(keyframe(0));
    assert_eq!(Watcher::join(&hub).await.seen(3).await, ["v", "V", "k0"]);
}

#[tokio::test(start_paused = true)]
async fn a_second_publisher_is_refused_or_takes_over_as_configured() {
    let (hub, vhost, first) = start(Vhost::default()).await;
    let refused = hub.publish(key(), vhost, PublisherInfo::default()).await;
    assert_eq!(refused.unwrap_err().to_string(), "v/live/cam.1 is being published already");

    let mut replacing = Vhost::default();
    replacing.publish.second_publisher = SecondPublisher::Replace;
    let second = publish(&hub, &Arc::new(replacing)).await;
    first.cancelled().await;
    second.push(video_config());
    first.push(audio(0));
    drop(first);
    second.push(keyframe(0));
    assert_eq!(Watcher::join(&hub).await.seen(3).await, ["v", "V", "k0"]);
    assert_eq!(hub.streams()[0].received_bytes, (VIDEO_CONFIG.len() + 6) as u64);
}

#[tokio::test(start_paused = true)]
async fn a_slow_viewer_skips_to_the_newest_keyframe_with_new_setup() {
    let mut vhost = Vhost::default();
    vhost.play.queue_length = Duration::from_secs(1);
    let (hub, _, publisher) = start(vhost).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(4).await, ["av", "A", "V", "k0"]);
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
async fn a_missing_stream_is_none_now_or_after_the_wait() {
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
async fn shutdown_ends_everybody() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    publisher.push(video_config());
    let mut watcher = Watcher::join(&hub).await;
    hub.shutdown();
    publisher.cancelled().await;
    assert_eq!(watcher.end().await, End::Shutdown);
    assert!(hub.view(&key(), Format::Flv, Duration::from_hours(1)).await.is_err());
    assert!(matches!(hub.publish(key(), vhost, PublisherInfo::default()).await, Err(PublishError::Shutdown)));
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
