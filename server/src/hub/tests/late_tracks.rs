//! Tracks that show after a viewer's header was sent, and tracks that metadata announces.

use flvgate_media::amf0::{Value, encode_all};

use super::*;
use crate::config::LateTrack;
use crate::hub::batch::Batch;

/// How long a track that metadata announces is waited for.
const ANNOUNCED: Duration = Duration::from_secs(5);

fn with(late_track: LateTrack) -> Vhost {
    let mut vhost = Vhost::default();
    vhost.http_remux.late_track = late_track;
    vhost
}

/// As another publisher configures its audio.
fn other_audio_config() -> Tag {
    tag(TagType::Audio, 0, &[0xaf, 0, 0x11, 0x90])
}

fn metadata(properties: &[(&str, Value)]) -> Tag {
    let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    tag(TagType::Script, 0, &encode_all(&["onMetaData".into(), Value::EcmaArray(properties)]))
}

/// A viewer whose header has said that there is video and nothing else.
async fn video_only(hub: &Arc<Hub>, publisher: &Publisher) -> Watcher {
    publisher.push(video_config());
    publisher.push(keyframe(0));
    let mut watcher = Watcher::join(hub).await;
    let seen = watcher.seen(3).await;
    assert_eq!(seen[..2], ["v", "V"]);
    assert!(seen[2].starts_with('k'), "{seen:?}");
    watcher
}

/// A viewer whose header has said that there is audio and nothing else.
async fn audio_only(hub: &Arc<Hub>, publisher: &Publisher) -> Watcher {
    publisher.push(audio_config());
    publisher.push(audio(0));
    let mut watcher = Watcher::join(hub).await;
    assert_eq!(watcher.seen(2).await, ["a", "A"]);
    watcher
}

#[tokio::test(start_paused = true)]
async fn sound_that_comes_late_reaches_who_watches() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    let mut watcher = video_only(&hub, &publisher).await;
    for tag in [audio_config(), audio(20), inter(40)] {
        publisher.push(tag);
    }
    assert_eq!(watcher.seen(3).await, ["A", "a20", "i40"]);
    assert_eq!(Watcher::join(&hub).await.seen(6).await, ["av", "V", "k0", "A", "a20", "i40"]);
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_comes_late_reaches_who_listens_from_its_keyframe_on() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    let mut watcher = audio_only(&hub, &publisher).await;
    for tag in [video_config(), inter(20), audio(23), keyframe(40), inter(80)] {
        publisher.push(tag);
    }
    assert_eq!(watcher.seen(4).await, ["V", "a0", "k17", "i57"]);
}

#[tokio::test(start_paused = true)]
async fn the_next_publishers_sound_reaches_who_has_seen_the_last_one_without() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    let mut watcher = video_only(&hub, &publisher).await;
    drop(publisher);
    let publisher = publish(&hub, &vhost).await;
    for tag in [audio_config(), video_config(), keyframe(0), audio(10)] {
        publisher.push(tag);
    }
    let seen = watcher.seen(3).await;
    // Its picture is configured as before, which need not be said again.
    assert_eq!(seen[0], "A");
    assert!(seen[1].starts_with('k') && seen[2].starts_with('a'), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn late_sound_is_configured_for_who_came_after_the_publisher_that_configured_it_the_same() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    for tag in [video_config(), audio_config(), keyframe(0), audio(5)] {
        publisher.push(tag);
    }
    drop(publisher);
    let publisher = publish(&hub, &vhost).await;
    let mut watcher = video_only(&hub, &publisher).await;
    publisher.push(audio_config());
    publisher.push(audio(20));
    let seen = watcher.seen(2).await;
    assert_eq!(seen[0], "A");
    assert!(seen[1].starts_with('a'), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_ends_at_a_keyframe_for_a_header_with_the_late_track() {
    let (hub, _, publisher) = start(with(LateTrack::End)).await;
    let mut watcher = video_only(&hub, &publisher).await;
    publisher.push(audio_config());
    for step in 1..5 {
        publisher.push(audio(step * 20));
        publisher.push(inter(step * 20));
    }
    publisher.push(keyframe(100));
    publisher.push(audio(100));
    assert_eq!(watcher.end().await, End::TracksChanged);
    assert_eq!(watcher.seen, ["i20", "i40", "i60", "i80"]);
    // What comes next is the keyframe, and who has come for it does not have to come again.
    let mut again = Watcher::join(&hub).await;
    assert_eq!(again.seen(5).await, ["av", "V", "A", "k0", "a0"]);
    publisher.push(keyframe(200));
    assert_eq!(again.seen(1).await, ["k100"]);
}

#[tokio::test(start_paused = true)]
async fn a_body_ends_for_each_who_lacks_the_late_track_and_for_nobody_else() {
    let (hub, _, publisher) = start(with(LateTrack::End)).await;
    let mut early = [video_only(&hub, &publisher).await, Watcher::join(&hub).await];
    assert_eq!(early[1].seen(3).await, ["v", "V", "k0"]);
    publisher.push(audio_config());
    let mut later = Watcher::join(&hub).await;
    assert_eq!(later.seen(4).await, ["av", "V", "k0", "A"]);
    for step in 1..5 {
        publisher.push(audio(step * 20));
    }
    publisher.push(inter(90));
    // As a task does that serves all of them: what the first takes, the second shares.
    let mut batch = Batch::default();
    batch.clear();
    for (watcher, is_new) in early.iter_mut().zip([true, false]) {
        assert_eq!(watcher.viewer.poll_next(&mut batch), Ok(Next::Taken));
        assert_eq!(batch.is_new(), is_new);
    }
    publisher.push(keyframe(100));
    batch.clear();
    for watcher in &mut early {
        assert_eq!(watcher.viewer.poll_next(&mut batch), Err(End::TracksChanged));
    }
    assert_eq!(later.seen(6).await, ["a20", "a40", "a60", "a80", "i90", "k100"]);
}

#[tokio::test(start_paused = true)]
async fn a_track_of_one_tag_or_one_that_goes_ends_nobodys_body() {
    let (hub, vhost, publisher) = start(with(LateTrack::End)).await;
    let mut watcher = video_only(&hub, &publisher).await;
    for tag in [audio_config(), audio(20), keyframe(40)] {
        publisher.push(tag);
    }
    assert_eq!(watcher.seen(1).await, ["k40"]);
    let mut both = Watcher::join(&hub).await;
    assert_eq!(both.seen(4).await, ["av", "V", "A", "k20"]);
    drop(publisher);
    let publisher = publish(&hub, &vhost).await;
    publisher.push(video_config());
    for step in 0..10 {
        publisher.push(keyframe(step * 40));
    }
    assert_eq!((watcher.seen(10).await.len(), both.seen(10).await.len()), (10, 10));
}

#[tokio::test(start_paused = true)]
async fn who_has_come_again_stays_however_often_the_track_goes_and_comes() {
    let (hub, vhost, publisher) = start(with(LateTrack::End)).await;
    let mut watcher = video_only(&hub, &publisher).await;
    drop(publisher);
    let mut ends = 0;
    for round in 0..6 {
        let publisher = publish(&hub, &vhost).await;
        publisher.push(video_config());
        for step in 0..10 {
            publisher.push(keyframe(step * 40));
            if round % 2 == 0 {
                publisher.push(audio_config());
                publisher.push(audio(step * 40));
            }
        }
        // Up to the newest frame.
        while let Ok(result) = timeout(Duration::from_secs(1), watcher.viewer.next(&mut Vec::new())).await {
            if result.is_err() {
                ends += 1;
                watcher = Watcher::join(&hub).await;
            }
        }
    }
    assert_eq!(ends, 1);
}

#[tokio::test(start_paused = true)]
async fn a_body_ends_without_a_keyframe_when_the_next_publisher_has_sound_alone() {
    let (hub, vhost, publisher) = start(with(LateTrack::End)).await;
    let mut watcher = video_only(&hub, &publisher).await;
    drop(publisher);
    let publisher = publish(&hub, &vhost).await;
    publisher.push(audio_config());
    for step in 0..200 {
        publisher.push(audio(step * 23));
    }
    assert_eq!(watcher.end().await, End::TracksChanged);
}

#[tokio::test(start_paused = true)]
async fn late_tracks_may_be_dropped() {
    let (hub, _, publisher) = start(with(LateTrack::Drop)).await;
    let mut watcher = video_only(&hub, &publisher).await;
    for tag in [audio_config(), audio(20), audio(30), audio(40), keyframe(50)] {
        publisher.push(tag);
    }
    assert_eq!(watcher.seen(1).await, ["k50"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_operator_denies_is_no_late_track() {
    for late_track in [LateTrack::Send, LateTrack::End, LateTrack::Drop] {
        let mut vhost = with(late_track);
        vhost.http_remux.guess_has_av = false;
        vhost.http_remux.has_audio = false;
        let (hub, _, publisher) = start(vhost).await;
        let mut watcher = video_only(&hub, &publisher).await;
        for tag in [other_audio_config(), audio(20), audio(30), audio(40), keyframe(50)] {
            publisher.push(tag);
        }
        assert_eq!(watcher.seen(1).await, ["k50"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_announced_picture_is_waited_for_until_its_keyframe() {
    for codec in [Value::Number(7.0), Value::Number(f64::from(u32::from_be_bytes(*b"hvc1"))), "avc1".into()] {
        let (hub, _, publisher) = start(Vhost::default()).await;
        publisher.push(metadata(&[("videocodecid", codec), ("audiocodecid", Value::Number(10.0))]));
        publisher.push(audio_config());
        publisher.push(audio(0));
        let mut watcher = Watcher::join(&hub).await;
        let late = async {
            // Longer than for a track that nothing announces.
            tokio::time::sleep(ANNOUNCED - Duration::from_millis(1)).await;
            for tag in [audio(20), video_config(), keyframe(40)] {
                publisher.push(tag);
            }
        };
        let (seen, ()) = tokio::join!(watcher.seen(5), late);
        assert_eq!(seen, ["av", "M", "V", "A", "k20"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_is_announced_and_never_comes_is_not_waited_for_for_ever() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(metadata(&[("videocodecid", Value::Number(7.0))]));
    publisher.push(audio_config());
    publisher.push(audio(0));
    let begun = Instant::now();
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(3).await, ["a", "M", "A"]);
    assert_eq!(begun.elapsed(), ANNOUNCED);
    // Who comes later does not wait.
    assert_eq!(Watcher::join(&hub).await.seen(3).await, ["a", "M", "A"]);
    assert_eq!(begun.elapsed(), ANNOUNCED);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_announced_is_waited_for_no_longer_than_before() {
    let silent = [("audiocodecid", Value::Number(0.0)), ("videocodecid", Value::Number(7.0))];
    let denied = [("audiocodecid", Value::Number(10.0)), ("hasAudio", Value::Boolean(false))];
    for properties in [&silent[..], &denied] {
        let (hub, _, publisher) = start(Vhost::default()).await;
        publisher.push(metadata(properties));
        publisher.push(video_config());
        publisher.push(keyframe(0));
        let begun = Instant::now();
        assert_eq!(Watcher::join(&hub).await.seen(4).await, ["v", "M", "V", "k0"]);
        assert_eq!(begun.elapsed(), Vhost::default().http_remux.guess_timeout);
    }
}

#[tokio::test(start_paused = true)]
async fn listeners_wait_for_announced_sound_before_they_hear_that_there_is_none() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(metadata(&[("hasAudio", Value::Boolean(true))]));
    publisher.push(video_config());
    publisher.push(keyframe(0));
    let late = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        publisher.push(audio_config());
    };
    let key = key();
    let (joined, ()) = tokio::join!(hub.view(&key, Format::Aac, Duration::ZERO), late);
    assert!(joined.is_ok(), "{joined:?}");
}
