//! Publishers that come, go, come back and take over.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_at_a_keyframe_with_what_has_changed() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    for tag in [video_config(), audio_config(), keyframe(0), inter(40)] {
        publisher.push(tag);
    }
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(5).await, ["av", "V", "A", "k0", "i40"]);
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
async fn a_configuration_that_comes_back_within_a_publication_is_told_again() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let mut watcher = Watcher::join(&hub).await;
    assert_eq!(watcher.seen(4).await, ["av", "V", "A", "k0"]);
    drop(publisher);

    let publisher = publish(&hub, &vhost).await;
    let other = || tag(TagType::Video, 0, &[0x17, 0, 0, 0, 0, 1, 77, 0, 31]);
    for tag in [other(), keyframe(0), video_config(), keyframe(40)] {
        publisher.push(tag);
    }
    assert_eq!(watcher.seen(4).await, ["V", "k40", "V", "k80"], "it is the one of the last publication");
}

#[tokio::test(start_paused = true)]
async fn who_begins_at_a_keyframe_gets_the_configuration_that_comes_behind_it() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    for tag in [video_config(), audio_config(), keyframe(0), audio(0)] {
        publisher.push(tag);
    }
    drop(publisher);

    let publisher = publish(&hub, &vhost).await;
    for tag in [video_config(), keyframe(0), audio_config(), audio(0)] {
        publisher.push(tag);
    }
    let seen = Watcher::join(&hub).await.seen(5).await;
    assert_eq!((&seen[..2], seen[3].as_str()), (&["av".into(), "V".into()][..], "A"), "{seen:?}");
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
