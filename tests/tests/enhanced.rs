//! Enhanced RTMP through the server: what ffmpeg 9 wrote comes out of HTTP-FLV bit for bit, every track of it, also for who
//! comes late.

use std::path::Path;
use std::time::Duration;

use flvgate_media::flv::{Tag, TagType};
use flvgate_tests::publisher::Publisher;
use flvgate_tests::sample;
use flvgate_tests::server::TestServer;
use flvgate_tests::viewer::Viewer;

const FIXTURES: [&str; 4] = ["hevc-opus", "av1-flac", "vp9-ac3", "multitrack"];

fn fixture(name: &str) -> Vec<Tag> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("media/enhanced/{name}.flv"));
    sample::tags(&std::fs::read(path).expect("it is checked in"))
}

/// What cannot be told apart by a viewer: kind and body.
fn contents<'a>(tags: impl IntoIterator<Item = &'a Tag>) -> Vec<(TagType, &'a [u8])> {
    tags.into_iter().map(|tag| (tag.tag_type(), &tag.payload[..])).collect()
}

fn frames(tags: &[Tag]) -> Vec<(TagType, &[u8])> {
    contents(tags.iter().filter(|tag| tag.is_coded_media()))
}

/// Audio and video only: metadata is written anew.
fn is_media(tag: &&Tag) -> bool {
    tag.tag_type() != TagType::Script
}

async fn publish(publisher: &mut Publisher, tags: &[Tag]) {
    for tag in tags.iter().filter(is_media) {
        let timestamp = u32::try_from(tag.timestamp).expect("two seconds");
        publisher.push_tag(tag.tag_type(), timestamp, &tag.payload).await;
    }
}

fn server() -> TestServer {
    TestServer::start(|vhost| vhost.publish.grace_timeout = Duration::from_millis(300))
}

#[tokio::test]
async fn every_codec_and_every_track_comes_out_as_it_went_in() {
    for name in FIXTURES {
        let (server, tags) = (server(), fixture(name));
        let mut publisher = Publisher::open(&server.publish_url(name)).await;
        publish(&mut publisher, &tags[..1]).await;
        let url = server.http_url(name);
        let joined = Viewer::join_when_there(&url);
        // The viewer gets its first bytes with the first frame.
        let (mut viewer, ()) = tokio::join!(joined, publish(&mut publisher, &tags[1..]));
        publisher.finish().await;
        let captured = sample::tags(&viewer.collect(|_| false).await);
        let (got_frames, sent_frames) = (frames(&captured), frames(&tags));
        assert!(sent_frames.ends_with(&got_frames), "{name}: frames differ");
        assert!(got_frames.len() * 3 >= sent_frames.len(), "{name}: {} frames", got_frames.len());
        server.shutdown().await;
    }
}

#[tokio::test]
async fn who_comes_late_gets_the_settings_of_every_track_and_starts_at_the_main_tracks_keyframe() {
    for name in FIXTURES {
        let (server, tags) = (server(), fixture(name));
        let mut publisher = Publisher::open(&server.publish_url(name)).await;
        // Up to the second keyframe and a little further: what ends the stream is left out.
        let end = tags.iter().position(|tag| tag.timestamp > 1300).expect("it is longer");
        publish(&mut publisher, &tags[..end]).await;
        server.wait_for(name, "frames", |status| status["frames"].as_u64() >= Some(30)).await;
        let mut viewer = Viewer::join(&server.http_url(name)).await;
        publish(&mut publisher, &tags[end..]).await;
        publisher.finish().await;
        let captured = sample::tags(&viewer.collect(|_| false).await);
        let media: Vec<_> = captured.iter().filter(is_media).collect();

        let first = media.iter().position(|tag| tag.is_coded_media()).expect("frames came");
        let setup = contents(media[..first].iter().copied());
        let settings: Vec<_> = tags[..end].iter().filter(|tag| tag.kind.setting().is_some()).collect();
        let newest = |wanted: &Tag| {
            let of_kind = |tag: &&&Tag| {
                (tag.tag_type(), tag.kind.setting()) == (wanted.tag_type(), wanted.kind.setting())
            };
            contents(settings.iter().rev().find(of_kind).copied())[0]
        };
        for setting in &settings {
            assert!(setup.contains(&newest(setting)), "{name}: {:?} is missing", setting.kind);
        }
        let video = media[first..].iter().find(|tag| tag.tag_type() == TagType::Video).expect("video came");
        assert!(video.is_keyframe() && video.kind.track_id() == 0, "{name}: {:?}", video.kind);
        server.shutdown().await;
    }
}
