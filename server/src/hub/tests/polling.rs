//! Viewers that one task looks at, without waiting for any of them.

use super::*;

/// What one look finds, and how many parcels.
fn look(viewer: &mut Viewer) -> (Result<Next, End>, usize) {
    let mut batch = Batch::default();
    let next = viewer.poll_next(&mut batch);
    (next, batch.parcels().len())
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

/// All bytes that one look finds by `batch`, and whether others have had them.
fn bytes(viewer: &mut Viewer, batch: &mut Batch) -> (Vec<u8>, bool) {
    assert_eq!(viewer.poll_next(batch), Ok(Next::Taken));
    (batch.parcels().concat(), !batch.is_new())
}

#[tokio::test(start_paused = true)]
async fn who_stands_at_the_same_place_gets_the_same_batch_without_a_look() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let mut batch = Batch::default();
    let [mut first, mut second, mut late] =
        [view(&hub, Format::Flv).await, view(&hub, Format::Flv).await, view(&hub, Format::Flv).await];
    for viewer in [&mut first, &mut second, &mut late] {
        assert!(!bytes(viewer, &mut batch).1, "a start is for one alone");
    }
    publisher.push(inter(40));
    batch.clear();
    let (inter_40, _) = bytes(&mut first, &mut batch);
    assert!(batch.is_all());
    assert_eq!(bytes(&mut second, &mut batch), (inter_40.clone(), true));
    assert_eq!(second.progress().sent_bytes(), first.progress().sent_bytes());
    assert_eq!(second.progress().queue_age(), 0);

    // Who has not had that one gets it too, and what has come since by a look of its own.
    publisher.push(inter(80));
    batch.clear();
    let (inter_80, _) = bytes(&mut first, &mut batch);
    let (both, shared) = bytes(&mut late, &mut batch);
    assert_eq!((both, shared), ([inter_40, inter_80.clone()].concat(), false));
    // What the batch held for others is not there any more: nobody gets the wrong one.
    assert_eq!(bytes(&mut second, &mut batch), (inter_80, false));
    assert_eq!(first.poll_next(&mut batch), Ok(Next::Nothing));

    batch.clear();
    publisher.push(inter(120));
    publisher.finish();
    assert!(!bytes(&mut first, &mut batch).1);
    assert!(!batch.is_all(), "the end is still to come");
    assert_eq!(first.poll_next(&mut batch), Err(End::StreamEnded));
}

#[tokio::test(start_paused = true)]
async fn a_viewer_who_skips_shares_nothing() {
    let limits = |play: &mut crate::config::Play| play.queue_length = Duration::from_millis(500);
    let mut vhost = Vhost::default();
    limits(&mut vhost.play);
    let (hub, _, publisher) = start(vhost).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let [mut awake, mut asleep] = [view(&hub, Format::Flv).await, view(&hub, Format::Flv).await];
    let mut batch = Batch::default();
    bytes(&mut awake, &mut batch);
    bytes(&mut asleep, &mut batch);
    for number in 1..40 {
        publisher.push(if number % 10 == 0 { keyframe(number * 40) } else { inter(number * 40) });
        batch.clear();
        bytes(&mut awake, &mut batch);
    }
    let newest = batch.parcels().concat();
    let (resumed, shared) = bytes(&mut asleep, &mut batch);
    assert!(!shared && resumed.ends_with(&newest) && resumed.len() > newest.len());
    assert_eq!(asleep.progress().skips(), 1);
    publisher.push(inter(1600));
    batch.clear();
    let (next, _) = bytes(&mut awake, &mut batch);
    assert_eq!(bytes(&mut asleep, &mut batch), (next, true), "back at the edge it does");
}

#[test]
fn thousands_of_viewers_are_small() {
    let bytes = [size_of::<Viewer>(), size_of::<Progress>()];
    println!("a viewer, its progress: {bytes:?} bytes");
    assert!(bytes.iter().sum::<usize>() <= 192, "{bytes:?}");
}
