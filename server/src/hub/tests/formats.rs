//! Formats beside FLV: who may have them.

use flvgate_media::codec::{AudioCodec, VideoCodec};

use super::*;

const UNSUITABLE_MP3: Unsuitable = Unsuitable::Audio { format: Format::Mp3, codec: AudioCodec::Aac };

pub(super) async fn view(hub: &Arc<Hub>, format: Format, wait: Duration) -> Result<Viewer, ViewError> {
    hub.view(&key(), format, wait).await
}

fn viewers(hub: &Hub) -> [u64; 4] {
    hub.streams()[0].viewers_by_format.map(|(_, viewers)| viewers)
}

#[tokio::test(start_paused = true)]
async fn a_format_that_cannot_carry_the_codec_is_refused_at_once() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(audio_config());
    let begun = Instant::now();
    let refused = view(&hub, Format::Mp3, Duration::from_secs(9)).await.unwrap_err();
    assert_eq!(refused, ViewError::Unsuitable(UNSUITABLE_MP3));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert!(view(&hub, Format::Aac, Duration::ZERO).await.is_ok());
    assert_eq!(viewers(&hub), [0; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_audio_is_refused_when_none_has_come_in_time() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(video_config());
    tokio::time::sleep(Duration::from_millis(400)).await;
    let begun = Instant::now();
    let refused = view(&hub, Format::Aac, Duration::ZERO).await.unwrap_err();
    assert_eq!(refused, ViewError::Unsuitable(Unsuitable::NoAudio { format: Format::Aac }));
    // What is left of `guess_timeout`.
    assert_eq!(begun.elapsed(), Duration::from_millis(600));
}

#[tokio::test(start_paused = true)]
async fn a_silent_publisher_is_waited_for_no_longer_than_a_missing_one() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    for (wait, waited) in [(0, 1), (5, 5)] {
        let begun = Instant::now();
        let refused = view(&hub, Format::Ts, Duration::from_secs(wait)).await.unwrap_err();
        assert_eq!(refused, ViewError::NotLive(key()));
        assert_eq!(begun.elapsed(), Duration::from_secs(waited));
    }
    let viewing = view(&hub, Format::Aac, Duration::from_secs(5));
    let (viewer, ()) = tokio::join!(viewing, async { publisher.push(audio_config()) });
    assert_eq!(viewer.unwrap().format(), Format::Aac);
}

#[tokio::test(start_paused = true)]
async fn one_who_waits_for_codecs_goes_on_to_the_next_stream_when_this_one_ends() {
    let mut vhost = Vhost::default();
    vhost.publish.grace_timeout = Duration::ZERO;
    let (hub, vhost, publisher) = start(vhost).await;
    let waiting = tokio::spawn({
        let hub = hub.clone();
        async move { view(&hub, Format::Aac, PATIENCE).await }
    });
    tokio::task::yield_now().await;
    drop(publisher);
    tokio::task::yield_now().await;
    let publisher = publish(&hub, &vhost).await;
    publisher.push(audio_config());
    let begun = Instant::now();
    waiting.await.unwrap().unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn audio_alone_is_a_transport_stream_when_no_video_has_come_in_time() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(audio_config());
    let begun = Instant::now();
    assert!(view(&hub, Format::Ts, Duration::ZERO).await.is_ok());
    assert_eq!(begun.elapsed(), Vhost::default().http_remux.guess_timeout);

    // Video that cannot be carried comes first: no need to wait.
    let vp9 = tag(TagType::Video, 0, &[0x90, b'v', b'p', b'0', b'9', 1]);
    publisher.push(vp9);
    let refused = view(&hub, Format::Ts, Duration::ZERO).await.unwrap_err();
    let reason = Unsuitable::Video { format: Format::Ts, codec: VideoCodec::Vp9 };
    assert_eq!(refused, ViewError::Unsuitable(reason));
}

#[tokio::test(start_paused = true)]
async fn viewers_are_counted_by_format() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(video_config());
    publisher.push(audio_config());
    let mut joined = Vec::new();
    for format in [Format::Aac, Format::Flv, Format::Ts, Format::Ts] {
        joined.push(view(&hub, format, Duration::ZERO).await.unwrap());
    }
    assert_eq!(viewers(&hub), [1, 2, 0, 1]);
    assert_eq!(hub.streams()[0].viewers, 4);
    drop(joined);
    assert_eq!(viewers(&hub), [0; 4]);
}
