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

    // Turned on while the stream runs, it grows from then on.
    vhost.http_remux.fast_cache = Duration::ZERO;
    let (hub, _, publisher) = start(vhost.clone()).await;
    publisher.push(audio_config());
    for second in 0..60 {
        publisher.push(aac(u64::from(second) * 100, second));
    }
    vhost.http_remux.fast_cache = Duration::from_secs(2);
    hub.reconfigure(&Arc::new(Config { vhosts: vec![Arc::new(vhost)], ..Config::default() }), || ());
    for second in 60..80 {
        publisher.push(aac(u64::from(second) * 100, second));
    }
    let mut viewer = view(&hub, Format::Aac, Duration::ZERO).await.unwrap();
    assert_eq!(fills(&drain(&mut viewer).await), (60..80).collect::<Vec<_>>());
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

/// An AVC sequence header with parameter sets, which a transport stream repeats.
fn parameter_sets() -> Tag {
    let (sps, pps) = ([0x67, 0x64, 0, 0x1f, 0xac, 0xd9], [0x68, 0xeb, 0xe3, 0xcb]);
    let body = [&[0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 6][..], &sps, &[1, 0, 4], &pps].concat();
    tag(TagType::Video, 0, &body)
}

/// A frame of one NAL unit with `fill` in it: an IDR picture or another.
fn picture(timestamp: u64, is_idr: bool, fill: u8) -> Tag {
    let (frame_type, nal_type) = if is_idr { (0x17, 0x65) } else { (0x27, 0x41) };
    let body = [&[frame_type, 1, 0, 0, 0, 0, 0, 0, 41, nal_type][..], &[fill; 40]].concat();
    tag(TagType::Video, timestamp, &body)
}

/// How many packets have a picture of `fill` in them.
fn count(stream: &[u8], fill: u8) -> usize {
    stream.chunks(188).filter(|packet| packet.windows(40).any(|bytes| bytes == [fill; 40])).count()
}

#[tokio::test(start_paused = true)]
async fn the_first_viewer_of_a_transport_stream_has_the_cached_gop() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    for tag in [
        parameter_sets(),
        audio_config(),
        picture(0, true, 0xa1),
        aac(10, 1),
        picture(80, true, 0xa2),
        aac(90, 2),
        picture(120, false, 0xa3),
    ] {
        publisher.push(tag);
    }
    let mut first = view(&hub, Format::Ts, Duration::ZERO).await.unwrap();
    let mut second = view(&hub, Format::Ts, Duration::ZERO).await.unwrap();
    let begun = drain(&mut first).await;
    assert!(begun.len().is_multiple_of(188));
    assert_eq!(begun[..3], [0x47, 0x40, 0x00], "the PAT");
    assert_eq!([0xa1, 0xa2, 0xa3].map(|fill| count(&begun, fill)), [0, 1, 1]);
    assert_eq!(drain(&mut second).await, begun, "muxed once");

    publisher.push(picture(160, true, 0xa4));
    publisher.push(aac(170, 3));
    drop(publisher);
    let more = drain(&mut first).await;
    assert_eq!(count(&more, 0xa4), 1);
    // What the muxer held back has come out with the publisher's end.
    assert_eq!(more[more.len() - 3..], [3, 3, 3]);
    assert_eq!(drain(&mut second).await, more);
}

#[tokio::test(start_paused = true)]
async fn a_transport_stream_goes_on_over_a_restart_with_audio_alone() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    for tag in [parameter_sets(), audio_config(), picture(0, true, 0xa1), aac(10, 1)] {
        publisher.push(tag);
    }
    let mut early = view(&hub, Format::Ts, Duration::ZERO).await.unwrap();
    assert_eq!(count(&drain(&mut early).await, 0xa1), 1);
    drop(publisher);
    drain(&mut early).await;

    let publisher = publish(&hub, &vhost).await;
    publisher.push(audio_config());
    for frame in 0..600 {
        publisher.push(aac(frame * 23, 2));
    }
    assert!(!drain(&mut early).await.is_empty());
    let mut late = view(&hub, Format::Ts, Duration::ZERO).await.unwrap();
    let begun = drain(&mut late).await;
    assert_eq!(begun[..3], [0x47, 0x40, 0x00], "the PAT");
    assert_eq!(count(&begun, 0xa1), 0);
}

#[tokio::test(start_paused = true)]
async fn the_first_viewer_of_audio_alone_begins_in_the_current_publication() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    for tag in [parameter_sets(), picture(0, true, 0xa1)] {
        publisher.push(tag);
    }
    drop(publisher);
    let publisher = publish(&hub, &vhost).await;
    publisher.push(audio_config());
    for frame in 0..100 {
        publisher.push(aac(frame * 23, 2));
    }
    let mut viewer = view(&hub, Format::Ts, Duration::ZERO).await.unwrap();
    let begun = drain(&mut viewer).await;
    assert_eq!(begun[..3], [0x47, 0x40, 0x00], "the PAT");
    assert_eq!(count(&begun, 0xa1), 0);
}
