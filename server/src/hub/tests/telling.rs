//! When viewers are told of what is new.

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::*;

fn milliseconds(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Hears when a feed's viewers are told.
struct Ear {
    viewer: Viewer,
    changes: watch::Receiver<()>,
    begun: Instant,
}

impl Ear {
    /// In a stream where a keyframe has just come, or another tag that says all.
    async fn join(hub: &Arc<Hub>, format: Format) -> Self {
        let mut viewer = hub.view(&key(), format, Duration::ZERO).await.unwrap();
        let changes = viewer.watch_feed();
        viewer.poll_next(&mut Batch::default()).unwrap();
        Self { viewer, changes, begun: Instant::now() }
    }

    /// Whether viewers have been told since this was asked last.
    fn is_told(&mut self) -> bool {
        let told = self.changes.has_changed().unwrap();
        self.changes.mark_unchanged();
        told
    }

    /// Waits until viewers are told; milliseconds since the beginning.
    async fn told(&mut self) -> u128 {
        timeout(PATIENCE, self.changes.changed()).await.expect("viewers are told").unwrap();
        self.begun.elapsed().as_millis()
    }
}

fn gathering(time: u64) -> Vhost {
    let mut vhost = Vhost { name: key().vhost, ..Vhost::default() };
    vhost.http_remux.enabled = true;
    vhost.play.mw_latency = milliseconds(time);
    vhost
}

fn at_once() -> Vhost {
    Vhost { min_latency: true, ..gathering(350) }
}

/// A publication with both tracks, and somebody who hears when viewers are told.
async fn listen(vhost: Vhost) -> (Arc<Hub>, Publisher, Ear) {
    let (hub, _, publisher) = start(vhost).await;
    for tag in [video_config(), audio_config(), keyframe(0)] {
        publisher.push(tag);
    }
    let ear = Ear::join(&hub, Format::Flv).await;
    (hub, publisher, ear)
}

/// Publishes both tracks for two seconds, in real time; how long after its coming each tag was there for a viewer who
/// looks when it is told, and how often that was.
async fn delays(vhost: Vhost, frame_time: u64) -> (Vec<(String, u128)>, usize) {
    let (hub, publisher, _) = listen(vhost).await;
    let mut watcher = Watcher::join(&hub).await;
    watcher.seen(4).await;
    let begun = Instant::now();
    let watching = tokio::spawn(async move {
        let (mut delays, mut times) = (Vec::new(), 0);
        while watcher.step().await.is_ok() {
            times += 1;
            let now = begun.elapsed().as_millis();
            delays.extend(watcher.seen.drain(..).map(|tag| {
                let timestamp: u128 = tag[1..].parse().unwrap();
                (tag, now - timestamp)
            }));
        }
        (delays, times)
    });
    for time in 1..=2000 {
        tokio::time::sleep_until(begun + milliseconds(time)).await;
        if time % frame_time == 0 {
            publisher.push(inter(time));
        }
        if time % 23 == 0 {
            publisher.push(audio(time));
        }
    }
    publisher.finish();
    watching.await.unwrap()
}

fn longest(delays: &[(String, u128)], kind: char) -> u128 {
    delays.iter().filter(|(tag, _)| tag.starts_with(kind)).map(|(_, delay)| *delay).max().unwrap()
}

#[tokio::test(start_paused = true)]
async fn audio_rides_with_the_next_video_and_video_waits_for_nothing() {
    let (hub, publisher, mut ear) = listen(gathering(0)).await;
    let mut watcher = Watcher::join(&hub).await;
    watcher.seen(4).await;
    for tag in [audio(0), tag(TagType::Script, 0, b"meta"), tag(TagType::Audio, 0, &[0xaf, 0, 0x11, 0x90])] {
        publisher.push(tag);
        assert!(!ear.is_told());
    }
    let (seen, ()) = tokio::join!(watcher.seen(4), async {
        tokio::time::sleep(milliseconds(39)).await;
        publisher.push(inter(40));
        assert!(ear.is_told());
    });
    assert_eq!(seen, ["a0", "M", "A", "i40"]);
    assert_eq!(ear.begun.elapsed(), milliseconds(39));
    // The audio of the same time that comes behind its frame rides with the next.
    publisher.push(audio(40));
    assert!(!ear.is_told());
    publisher.push(inter(80));
    assert!(ear.is_told());
    for header in [77, 66] {
        publisher.push(tag(TagType::Video, 0, &[0x17, 0, 0, 0, 0, 1, header, 0, 31]));
        assert!(ear.is_told(), "what decoders of video need is video");
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_looks_meanwhile_has_the_newest() {
    let (_hub, publisher, mut ear) = listen(gathering(0)).await;
    publisher.push(audio(10));
    assert!(!ear.is_told());
    assert_eq!(ear.viewer.poll_next(&mut Batch::default()), Ok(Next::Taken));
}

#[tokio::test(start_paused = true)]
async fn at_25_frames_a_second_and_more_viewers_are_told_once_a_frame() {
    for frame_time in [40, 20] {
        let (delays, times) = delays(gathering(0), frame_time).await;
        let frames = 2000 / frame_time;
        assert_eq!(delays.len(), usize::try_from(frames + 2000 / 23).unwrap());
        assert_eq!(longest(&delays, 'i'), 0);
        assert!(longest(&delays, 'a') < u128::from(frame_time));
        assert_eq!(times, usize::try_from(frames).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn audio_of_a_slow_camera_waits_no_longer_than_40_ms() {
    for frame_time in [67, 200, 1000] {
        let (delays, times) = delays(gathering(0), frame_time).await;
        assert_eq!(longest(&delays, 'i'), 0);
        assert_eq!(longest(&delays, 'a'), 40);
        assert!(times < delays.len() * 3 / 4, "{times} times for {} tags", delays.len());
    }
}

#[tokio::test(start_paused = true)]
async fn audio_of_a_camera_that_is_turned_off_waits_no_longer_than_40_ms() {
    let (_hub, publisher, mut ear) = listen(gathering(0)).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    for second in 1..10 {
        ear.begun = Instant::now();
        let (told, ()) = tokio::join!(ear.told(), async { publisher.push(audio(second * 1000)) });
        assert_eq!(told, 40);
        tokio::time::sleep(milliseconds(second * 7)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn with_min_latency_each_tag_is_told_at_once() {
    let (delays, times) = delays(at_once(), 40).await;
    assert!(delays.iter().all(|(_, delay)| *delay == 0));
    // A frame and audio came at the same time twice.
    assert_eq!(times, delays.len() - 2);
}

#[tokio::test(start_paused = true)]
async fn with_mw_latency_viewers_are_told_once_in_that_time_and_no_later() {
    let (delays, times) = delays(gathering(350), 40).await;
    for kind in ['a', 'i'] {
        assert!((300..=350).contains(&longest(&delays, kind)));
    }
    assert_eq!(delays.len(), 50 + 86, "what is gathered at the end is not lost");
    assert_eq!(times, 6);
}

#[tokio::test(start_paused = true)]
async fn without_video_there_is_nothing_to_wait_for() {
    let (hub, _, publisher) = start(gathering(0)).await;
    publisher.push(audio_config());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut ears = Vec::new();
    for format in [Format::Flv, Format::Aac] {
        ears.push(Ear::join(&hub, format).await);
    }
    for time in 1..4 {
        publisher.push(audio(time * 23));
        assert!(ears.iter_mut().all(Ear::is_told));
    }
    // From the first video on there is; in a feed of audio there is none.
    publisher.push(video_config());
    publisher.push(keyframe(100));
    assert_eq!([0, 1].map(|ear: usize| ears[ear].is_told()), [true, false]);
    publisher.push(audio(102));
    assert_eq!([0, 1].map(|ear: usize| ears[ear].is_told()), [false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_transport_stream_is_told_as_flv_is() {
    let (hub, publisher, mut flv) = listen(gathering(0)).await;
    let mut ts = Ear::join(&hub, Format::Ts).await;
    for step in 1..20 {
        // Its muxer puts several frames of audio into one packet: one of these brings something out.
        publisher.push(audio(step * 10));
        assert!(!ts.is_told() && !flv.is_told());
    }
    ts.begun = Instant::now();
    assert_eq!((ts.told().await, flv.is_told()), (40, true));
}

#[tokio::test(start_paused = true)]
async fn who_publishes_next_begins_with_nothing_held() {
    let (hub, first, mut ear) = listen(gathering(0)).await;
    first.push(audio(10));
    assert!(!ear.is_told());
    let mut replacing = gathering(0);
    replacing.publish.second_publisher = SecondPublisher::Replace;
    let second = publish(&hub, &Arc::new(replacing)).await;
    assert!(ear.is_told());
    // It has not shown video yet.
    second.push(audio(0));
    assert!(ear.is_told());
}

#[tokio::test(start_paused = true)]
async fn an_end_is_told_at_once_with_all_that_came_before() {
    for vhost in [at_once(), gathering(0), gathering(350)] {
        let (hub, publisher, _) = listen(vhost).await;
        let mut watcher = Watcher::join(&hub).await;
        watcher.seen(4).await;
        let begun = Instant::now();
        let (end, ()) = tokio::join!(watcher.end(), async {
            publisher.push(audio(10));
            publisher.finish();
        });
        assert_eq!((end, begun.elapsed()), (End::StreamEnded, Duration::ZERO));
        assert_eq!(watcher.seen, ["a10"]);
    }
}

#[tokio::test(start_paused = true)]
async fn viewers_who_wait_for_the_publisher_to_come_back_have_all_there_is() {
    for vhost in [gathering(0), gathering(350)] {
        let (hub, publisher, mut ear) = listen(vhost).await;
        publisher.push(audio(10));
        assert!(!ear.is_told());
        drop(publisher);
        assert!(ear.is_told() && hub.streams().len() == 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reload_holds_at_once_and_tells_of_what_the_last_rule_held() {
    let rules = || [at_once(), gathering(0), gathering(350), gathering(60_000)];
    for from in rules() {
        for (to, patience) in rules().into_iter().zip([0, 40, 350, 60_000]) {
            let (hub, publisher, mut ear) = listen(from.clone()).await;
            publisher.push(audio(10));
            let told_before = ear.is_told();
            hub.reconfigure(
                &Arc::new(Config { vhosts: vec![Arc::new(to.clone())], ..Config::default() }),
                || (),
            );
            assert_eq!(ear.is_told(), from != to && !told_before);
            if from != to {
                ear.begun = Instant::now();
                let (told, ()) = tokio::join!(ear.told(), async { publisher.push(audio(20)) });
                assert_eq!(told, patience);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_one_timer_while_something_is_held_and_then_none() {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    for (vhost, most) in [(at_once(), 0), (gathering(0), 1), (gathering(350), 1)] {
        let (hub, publisher, _) = listen(vhost.clone()).await;
        let _transport_stream = hub.view(&key(), Format::Ts, Duration::ZERO).await.unwrap();
        for time in 1..500 {
            publisher.push(if time % 4 == 0 { inter(time) } else { audio(time) });
            assert!(tasks() <= most);
            tokio::time::sleep(milliseconds(3)).await;
        }
        assert_eq!(tasks(), most);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(tasks(), 0);
        publisher.push(audio(2000));
        assert_eq!(tasks(), most);
        publisher.finish();
        tokio::task::yield_now().await;
        assert_eq!(tasks(), 0);
    }
}
