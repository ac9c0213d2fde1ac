//! What viewers of formats beside FLV get.

use flvgate_media::codec::AudioCodec;

use super::formats::view;
use super::*;

/// All that the viewer gets until there is nothing for it any more.
async fn drain(viewer: &mut Viewer) -> Vec<u8> {
    let mut batch = Vec::new();
    while let Ok(next) = timeout(Duration::from_millis(1), viewer.next(&mut batch)).await {
        next.unwrap();
    }
    batch.concat()
}

/// A frame of AAC with `fill` in it.
fn aac(timestamp: u64, fill: u8) -> Tag {
    tag(TagType::Audio, timestamp, &[0xaf, 1, fill, fill, fill])
}

/// The first data byte of each ADTS frame.
fn fills(mut adts: &[u8]) -> Vec<u8> {
    let mut fills = Vec::new();
    while !adts.is_empty() {
        assert_eq!(adts[..2], [0xff, 0xf1]);
        fills.push(adts[7]);
        adts = &adts[10..];
    }
    fills
}

#[tokio::test(start_paused = true)]
async fn another_codec_ends_the_viewers_that_cannot_follow() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    publisher.push(audio_config());
    let mut viewer = view(&hub, Format::Aac, Duration::ZERO).await.unwrap();
    drop(publisher);
    let publisher = publish(&hub, &vhost).await;
    publisher.push(tag(TagType::Audio, 0, &[0x2f, 0xff, 0xfb, 0x90, 0x64]));
    let reason = Unsuitable::Audio { format: Format::Aac, codec: AudioCodec::Mp3 };
    assert_eq!(viewer.next(&mut Vec::new()).await, Err(End::Unsuitable(reason)));
    assert!(view(&hub, Format::Mp3, Duration::ZERO).await.is_ok());
    drop(publisher);

    // It fits again.
    let publisher = publish(&hub, &vhost).await;
    publisher.push(audio_config());
    let mut viewer = view(&hub, Format::Aac, Duration::ZERO).await.unwrap();
    assert_eq!(drain(&mut viewer).await, b"");
    publisher.push(aac(0, 7));
    assert_eq!(fills(&drain(&mut viewer).await), [7]);
}

#[tokio::test(start_paused = true)]
async fn aac_begins_with_its_next_frame_and_goes_on_over_a_restart() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    for tag in [video_config(), audio_config(), keyframe(0), aac(0, 1), aac(23, 2)] {
        publisher.push(tag);
    }
    let mut viewer = view(&hub, Format::Aac, Duration::ZERO).await.unwrap();
    assert_eq!(drain(&mut viewer).await, b"");
    publisher.push(aac(46, 3));
    publisher.push(inter(50));
    assert_eq!(fills(&drain(&mut viewer).await), [3]);
    drop(publisher);
    let publisher = publish(&hub, &vhost).await;
    for tag in [audio_config(), aac(0, 4), video_config(), keyframe(10)] {
        publisher.push(tag);
    }
    assert_eq!(fills(&drain(&mut viewer).await), [4]);
}

#[tokio::test(start_paused = true)]
async fn fast_cache_has_what_came_before_the_first_viewer() {
    let mut vhost = Vhost { name: key().vhost, ..Vhost::default() };
    vhost.http_remux.enabled = true;
    vhost.http_remux.mounts = vec![crate::config::MountTemplate("/[app]/[stream].aac".into())];
    // Longer than the queue: FLV's ring does not have it.
    vhost.http_remux.fast_cache = Duration::from_secs(2);
    vhost.play.queue_length = Duration::from_secs(1);
    let (hub, _, publisher) = start(vhost.clone()).await;
    publisher.push(audio_config());
    for second in 0..60 {
        publisher.push(aac(u64::from(second) * 100, second));
    }
    let mut viewer = view(&hub, Format::Aac, Duration::ZERO).await.unwrap();
    assert_eq!(fills(&drain(&mut viewer).await), (40..60).collect::<Vec<_>>());
    assert_eq!(hub.streams()[0].drops, Drops::default());

    // Turned on while the stream runs, it has what the queue has: a second.
    vhost.http_remux.fast_cache = Duration::ZERO;
    let (hub, _, publisher) = start(vhost.clone()).await;
    publisher.push(audio_config());
    for second in 0..60 {
        publisher.push(aac(u64::from(second) * 100, second));
    }
    vhost.http_remux.fast_cache = Duration::from_secs(2);
    hub.reconfigure(&Arc::new(Config { vhosts: vec![Arc::new(vhost)], ..Config::default() }), || ());
    let mut viewer = view(&hub, Format::Aac, Duration::ZERO).await.unwrap();
    assert_eq!(fills(&drain(&mut viewer).await), (49..60).collect::<Vec<_>>());
    publisher.push(aac(6000, 60));
    assert_eq!(fills(&drain(&mut viewer).await), [60]);
}

#[tokio::test(start_paused = true)]
async fn a_format_is_muxed_while_it_is_watched_and_a_while_longer() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(audio_config());
    let stream = hub.find(&key()).unwrap().unwrap();
    let mut seconds = 0..;
    let mut pass = |count| {
        for second in seconds.by_ref().take(count) {
            publisher.push(aac(second * 1000, 1));
        }
    };
    let first = view(&hub, Format::Aac, Duration::ZERO).await.unwrap();
    pass(30);
    assert_eq!(stream.formats(), [Format::Flv, Format::Aac]);
    drop(first);
    pass(10);
    let second = view(&hub, Format::Aac, Duration::ZERO).await.unwrap();
    pass(5);
    drop(second);
    // From the first that nobody got, ten seconds.
    pass(11);
    assert_eq!(stream.formats(), [Format::Flv, Format::Aac]);
    pass(1);
    assert_eq!(stream.formats(), [Format::Flv]);
}
