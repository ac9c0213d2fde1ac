use crate::config::Vhost;
use crate::hub::{PublishError, Publisher, PublisherInfo};

use super::*;

fn key(stream: &str) -> StreamKey {
    StreamKey { vhost: "v".into(), app: "live".into(), stream: stream.into() }
}

async fn publish(hub: &Arc<Hub>) -> Result<Publisher, PublishError> {
    hub.publish(key("cam"), Arc::new(Vhost::default()), PublisherInfo::default()).await
}

fn request(
    hub: &Arc<Hub>,
    stream: &str,
    wait: u64,
    asker: Asker,
) -> tokio::task::JoinHandle<Result<Viewer, ViewError>> {
    let (hub, key) = (hub.clone(), key(stream));
    tokio::spawn(async move { hub.request(&key, Format::Flv, Duration::from_secs(wait), asker).await })
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_wanted_until_it_comes_or_nobody_waits_any_more() {
    let hub = Hub::new();
    let mut wishes = hub.wishes();
    let asker = Asker { query: "token=x".into(), route: Route::default() };
    let first = request(&hub, "cam", 0, asker.clone());
    wishes.changed().await.unwrap();
    let second = request(&hub, "cam", 0, Asker::default());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((hub.wanted(), hub.askers(&key("cam"))), (vec![key("cam")], vec![asker, Asker::default()]));
    first.abort();
    let _ = first.await;
    assert!(hub.is_wanted(&key("cam")));
    let _publisher = publish(&hub).await.unwrap();
    assert!(second.await.unwrap().is_ok());
    assert!(hub.wanted().is_empty());
    let _viewer = hub.request(&key("cam"), Format::Flv, Duration::ZERO, Asker::default()).await.unwrap();
    assert!(!wishes.has_changed().unwrap(), "what is here is not wanted");
}

#[tokio::test(start_paused = true)]
async fn who_hears_that_no_origin_has_it_waits_only_as_long_as_a_publisher_is_waited_for() {
    for (wait, expected) in [(0, 1), (3, 3)] {
        let hub = Hub::new();
        let (began, mut wishes) = (Instant::now(), hub.wishes());
        let waiting = request(&hub, "cam", wait, Asker::default());
        wishes.changed().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        hub.note_absence(&key("cam"), &Asker::default(), Absence::NotFound);
        let error = waiting.await.unwrap().unwrap_err();
        assert_eq!(error, ViewError::Absent(key("cam"), Absence::NotFound));
        assert_eq!(error.to_string(), "the stream live/cam is not live: no origin has it");
        assert_eq!(began.elapsed().as_secs(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn origins_that_cannot_be_reached_are_waited_for() {
    let hub = Hub::new();
    let (began, mut wishes) = (Instant::now(), hub.wishes());
    let waiting = request(&hub, "cam", 0, Asker::default());
    wishes.changed().await.unwrap();
    hub.note_absence(&key("cam"), &Asker::default(), Absence::Unreachable);
    assert_eq!(waiting.await.unwrap().unwrap_err(), ViewError::Absent(key("cam"), Absence::Unreachable));
    assert_eq!(began.elapsed(), PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn what_is_told_to_one_asker_is_not_told_to_another() {
    let hub = Hub::new();
    let [wrong, right] =
        ["t=wrong", "t=right"].map(|query| Asker { query: query.into(), ..Asker::default() });
    let (refused, goes_on) = (request(&hub, "cam", 0, wrong.clone()), request(&hub, "cam", 0, right.clone()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    hub.note_absence(&key("cam"), &wrong, Absence::NotFound);
    assert_eq!(refused.await.unwrap().unwrap_err(), ViewError::Absent(key("cam"), Absence::NotFound));
    assert_eq!(hub.askers(&key("cam")), [right]);
    let _publisher = publish(&hub).await.unwrap();
    assert!(goes_on.await.unwrap().is_ok());
}

#[tokio::test]
async fn circles_are_refused_at_once() {
    let hub = Hub::new();
    let route = hub.onward(&key("cam"), &Route::default()).unwrap();
    let refused = request(&hub, "cam", 60, Asker { query: String::new(), route }).await.unwrap();
    assert_eq!(refused.unwrap_err(), ViewError::Absent(key("cam"), Absence::Loop));
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_viewers_is_deserted_after_its_linger_only() {
    let hub = Hub::new();
    let publisher = publish(&hub).await.unwrap();
    let viewer = hub.view(&key("cam"), Format::Flv, Duration::ZERO).await.unwrap();
    let linger = Duration::from_secs(10);
    let mut deserted = Box::pin(publisher.deserted(linger));
    assert!(tokio::time::timeout(linger * 3, &mut deserted).await.is_err(), "there is a viewer");
    drop(viewer);
    let left = Instant::now();
    (&mut deserted).await;
    drop(deserted);
    assert_eq!(left.elapsed(), linger);
    publisher.finish();
    assert!(!hub.has(&key("cam")), "without a grace period");
}
