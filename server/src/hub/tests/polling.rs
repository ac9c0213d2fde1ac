//! Viewers that one task looks at, without waiting for any of them.

use super::*;

/// What one look finds, and how many parcels.
fn look(viewer: &mut Viewer) -> (Result<Next, End>, usize) {
    let mut batch = Vec::new();
    let next = viewer.poll_next(&mut batch);
    (next, batch.len())
}

async fn view(hub: &Arc<Hub>, format: Format) -> Viewer {
    hub.view(&key(), format, Duration::ZERO).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_watch_does_for_all_viewers_of_a_feed() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let mut viewers = [view(&hub, Format::Flv).await, view(&hub, Format::Flv).await];
    let other = view(&hub, Format::Ts).await;
    assert_eq!(viewers[0].feed_id(), viewers[1].feed_id());
    assert_ne!(viewers[0].feed_id(), other.feed_id());

    let mut changes = viewers[0].watch_feed();
    assert!(!changes.has_changed().unwrap(), "what is there counts as seen");
    for viewer in &mut viewers {
        assert_eq!(look(viewer), (Ok(Next::Taken), 4));
        assert_eq!(look(viewer), (Ok(Next::Nothing), 0));
    }
    publisher.push(inter(40));
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    for viewer in &mut viewers {
        assert_eq!(look(viewer), (Ok(Next::Taken), 1));
    }
    publisher.finish();
    assert!(changes.has_changed().unwrap(), "an end is news");
    assert_eq!(look(&mut viewers[0]), (Err(End::StreamEnded), 0));
}

#[tokio::test(start_paused = true)]
async fn a_look_tells_until_when_there_is_nothing() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    let mut viewer = view(&hub, Format::Flv).await;
    assert_eq!(look(&mut viewer), (Ok(Next::Nothing), 0));
    publisher.push(video_config());
    publisher.push(keyframe(0));
    let decided = Instant::now() + Vhost::default().http_remux.guess_timeout;
    assert_eq!(look(&mut viewer), (Ok(Next::NotBefore(decided)), 0));
    tokio::time::sleep_until(decided).await;
    assert_eq!(look(&mut viewer), (Ok(Next::Taken), 3));
}

#[test]
fn thousands_of_viewers_are_small() {
    let bytes = [size_of::<Viewer>(), size_of::<Progress>()];
    println!("a viewer, its progress: {bytes:?} bytes");
    assert!(bytes.iter().sum::<usize>() <= 192, "{bytes:?}");
}
