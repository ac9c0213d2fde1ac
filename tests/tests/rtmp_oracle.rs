//! RTMP against other people's implementations: what they send, we read, and the other way round.

// A test that did not get what it must have cannot go on.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flvgate::config::{Config, TimeJitter, Vhost};
use flvgate::connections::Connections;
use flvgate::hub::{Hub, StreamKey, Viewer};
use flvgate::publish::{PublishOptions, publish};
use flvgate::settings::Settings;
use flvgate::shutdown::{self, ShutdownTrigger};
use flvgate_media::amf0::{self, Limits, Value};
use flvgate_media::flv::{AudioPacket, Demuxer, Tag, TagKind, TagType, VideoPacket, file_header, write_tag};
use flvgate_media::format::Format;
use flvgate_tests::capture::{Capture, CapturedTag};
use flvgate_tests::ffmpeg::{self, Audio, Clip};
use flvgate_tests::server::PATIENCE;
use oxideav_rtmp::{Amf0Value, ConnectCapabilities, HandshakeKind, RtmpClient, RtmpServer, StreamPacket};
use tokio::net::TcpListener;
use tokio::time::timeout;

const LIMITS: Limits = Limits { depth: 32, size: 1 << 20 };
const AVC_CONFIG: &[u8] = &[1, 100, 0, 31, 0xff, 0xe0, 0];

/// RTMP in, a hub, and nothing else.
struct Ingest {
    address: SocketAddr,
    hub: Arc<Hub>,
    _trigger: ShutdownTrigger,
}

struct Watcher {
    viewer: Viewer,
    demuxer: Demuxer,
    capture: Capture,
}

impl Ingest {
    async fn start() -> Self {
        let mut vhost = Vhost::default();
        vhost.play.time_jitter = TimeJitter::Off;
        vhost.http_remux.guess_timeout = Duration::from_millis(200);
        let config = Config { vhosts: vec![Arc::new(vhost)], ..Config::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (hub, (trigger, shutdown)) = (Hub::new(), shutdown::channel());
        let settings = Settings::fixed(Arc::new(config));
        let connections = Connections::new(settings.clone());
        let retired = shutdown.clone();
        let served =
            flvgate::rtmp::serve(Arc::new(listener), settings, hub.clone(), connections, retired, shutdown);
        tokio::spawn(served);
        Self { address, hub, _trigger: trigger }
    }

    fn url(&self) -> String {
        format!("rtmp://{}/live/cam", self.address)
    }

    async fn watch(&self) -> Watcher {
        let key = StreamKey { vhost: "__defaultVhost__".into(), app: "live".into(), stream: "cam".into() };
        let viewer = self.hub.view(&key, Format::Flv, PATIENCE).await.expect("somebody publishes");
        Watcher { viewer, demuxer: Demuxer::new(), capture: Capture::default() }
    }
}

impl Watcher {
    /// Takes tags until `enough` says so.
    async fn until(&mut self, enough: impl Fn(&[CapturedTag]) -> bool) -> &[CapturedTag] {
        while !enough(&self.capture.tags) {
            let mut batch: Vec<Bytes> = Vec::new();
            let next = timeout(PATIENCE, self.viewer.next(&mut batch)).await;
            next.expect("tags come").expect("the stream goes on");
            for parcel in batch {
                self.demuxer.push(&parcel, |event| self.capture.note(event)).unwrap();
            }
        }
        &self.capture.tags
    }
}

/// What a client of `oxideav-rtmp` publishes, with metadata, a frame of many chunks, and an aggregate.
fn publish_with_oxideav(url: &str, digest: bool) {
    let mut client = if digest {
        RtmpClient::connect_with_digest_handshake(url, "live", &ConnectCapabilities::default()).unwrap()
    } else {
        RtmpClient::connect(url).unwrap()
    };
    match client.handshake_kind() {
        HandshakeKind::Simple => assert!(!digest),
        HandshakeKind::Digest { peer_response_verified, .. } => assert!(digest && peer_response_verified),
    }
    let metadata = [("duration", 5.0), ("width", 640.0)];
    let metadata = metadata.map(|(name, number)| (name.to_owned(), Amf0Value::Number(number)));
    client.send_metadata(Amf0Value::EcmaArray(metadata.to_vec())).unwrap();
    client.send_audio_sequence_header(&[0x12, 0x10]).unwrap();
    client.send_video_sequence_header(AVC_CONFIG).unwrap();
    client.send_ping_request(7).unwrap();
    client.send_video(0x00ff_fff0, true, &vec![5; 200_000]).unwrap();
    client.send_audio(0x0100_0000, &[1, 2, 3]).unwrap();
    let part = |timestamp, byte| oxideav_rtmp::Message {
        msg_type_id: 8,
        msg_stream_id: 1,
        timestamp,
        payload: vec![0xaf, 1, byte],
    };
    client.send_aggregate(&[part(0x0100_0020, 4), part(0x0100_0037, 5)]).unwrap();
    client.close().unwrap();
}

#[tokio::test]
async fn an_oxideav_client_publishes_with_either_handshake() {
    for digest in [false, true] {
        let ingest = Ingest::start().await;
        let url = ingest.url();
        let client = tokio::task::spawn_blocking(move || publish_with_oxideav(&url, digest));
        let mut watcher = ingest.watch().await;
        let tags = watcher.until(|tags| tags.iter().any(|tag| tag.body == [0xaf, 1, 5])).await;

        let values = amf0::decode_all(&tags[0].body, LIMITS).unwrap();
        assert_eq!(
            (values[1].property("width"), values[1].property("duration")),
            (Some(&640.0.into()), None)
        );
        assert!(tags.iter().any(|tag| tag.body == [0xaf, 0, 0x12, 0x10]));
        assert!(tags.iter().any(|tag| tag.body == [&[0x17, 0, 0, 0, 0], AVC_CONFIG].concat()));
        let frames: Vec<_> = tags.iter().filter(|tag| is_frame(tag)).collect();
        let times: Vec<_> = frames.iter().map(|tag| tag.timestamp).collect();
        assert_eq!(times, [0x00ff_fff0, 0x0100_0000, 0x0100_0020, 0x0100_0037]);
        assert_eq!(frames[0].body, [vec![0x17, 1, 0, 0, 0], vec![5; 200_000]].concat());
        client.await.unwrap();
    }
}

/// Whether it is coded audio or video; sequence headers and the end of a sequence are not.
fn is_frame(tag: &CapturedTag) -> bool {
    match tag.kind {
        TagKind::Audio(header) => header.packet == AudioPacket::Frame,
        TagKind::Video(header) => header.packet == VideoPacket::Frame,
        TagKind::Script => false,
    }
}

#[tokio::test]
async fn an_oxideav_server_takes_what_we_publish() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clip.flv");
    let bodies = [
        (TagType::Video, 0, [&[0x17, 0, 0, 0, 0], AVC_CONFIG].concat()),
        (TagType::Video, 0, [vec![0x17, 1, 0, 0, 40], vec![6; 130_000]].concat()),
        (TagType::Audio, 23, vec![0xaf, 1, 1, 2]),
        (TagType::Video, 40, vec![0x27, 1, 0xff, 0xff, 0xd8, 7]),
    ];
    let mut file = file_header(true, true).to_vec();
    let metadata = amf0::encode_all(&["onMetaData".into(), Value::EcmaArray(vec![("a".into(), 1.0.into())])]);
    write_tag(&mut file, &Tag::parse(TagType::Script, 0, metadata.into()).unwrap());
    for (tag_type, timestamp, body) in &bodies {
        write_tag(&mut file, &Tag::parse(*tag_type, *timestamp, body.clone().into()).unwrap());
    }
    std::fs::write(&path, file).unwrap();

    let server = RtmpServer::bind("127.0.0.1:0").unwrap();
    let url = format!("rtmp://{}/live/cam?token=x", server.local_addr().unwrap());
    let taking = tokio::task::spawn_blocking(move || {
        let request = server.accept().unwrap();
        assert_eq!((request.app.as_str(), request.stream_name.as_str()), ("live", "cam?token=x"));
        let mut session = request.accept().unwrap();
        std::iter::from_fn(|| session.next_packet().unwrap()).collect::<Vec<_>>()
    });
    // Every chunk behind the first message's has an extended timestamp.
    let start_timestamp = 0xff_fffe;
    let options = PublishOptions { file: path, url, looped: false, start_timestamp, realtime: false };
    timeout(PATIENCE, publish(options)).await.unwrap().unwrap();

    let packets = timeout(PATIENCE, taking).await.unwrap().unwrap();
    assert!(
        matches!(&packets[0], StreamPacket::Metadata(Amf0Value::EcmaArray(entries)) if entries.len() == 1)
    );
    assert_eq!(packets.len(), 1 + bodies.len());
    for (packet, (_, timestamp, body)) in packets[1..].iter().zip(&bodies) {
        let (time, rebuilt) = match packet {
            StreamPacket::Audio { timestamp, tag } => (*timestamp, oxideav_rtmp::flv::build_audio(tag)),
            StreamPacket::Video { timestamp, tag } => (*timestamp, oxideav_rtmp::flv::build_video(tag)),
            other => panic!("a tag is expected, not {other:?}"),
        };
        assert_eq!(u64::from(time), start_timestamp + timestamp);
        assert!(rebuilt == *body, "the bodies at {timestamp} differ");
    }
}

/// The frames of an FLV file.
fn frames_of(path: &Path) -> Vec<CapturedTag> {
    Capture::of(&std::fs::read(path).unwrap()).tags.into_iter().filter(is_frame).collect()
}

async fn clip(directory: &Path, audio: Audio) -> PathBuf {
    Clip { seconds: 3, audio, ..Clip::default() }.make(directory).await
}

#[tokio::test]
async fn ffmpeg_publishes_and_every_frame_arrives() {
    let directory = tempfile::tempdir().unwrap();
    for audio in [Audio::Aac, Audio::Mp3, Audio::None] {
        let path = clip(directory.path(), audio).await;
        let sent = frames_of(&path);
        let ingest = Ingest::start().await;
        let url = ingest.url();
        let mut encoder = ffmpeg::publish(&path, &url);
        let mut watcher = ingest.watch().await;
        let tags = watcher.until(|tags| tags.iter().filter(|tag| is_frame(tag)).count() >= sent.len()).await;
        for tag_type in [TagType::Audio, TagType::Video] {
            let of_type = |tags: &[CapturedTag]| {
                let wanted = tags.iter().filter(|tag| tag.tag_type == tag_type && is_frame(tag));
                wanted.map(|tag| (tag.timestamp, tag.body.clone())).collect::<Vec<_>>()
            };
            assert!(of_type(tags) == of_type(&sent), "{audio:?}: the {tag_type:?} tags differ");
        }
        let ended = timeout(PATIENCE, encoder.wait()).await.unwrap().unwrap();
        assert!(ended.success());
    }
}

#[tokio::test]
async fn a_second_ffmpeg_says_why_it_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = clip(directory.path(), Audio::None).await;
    let ingest = Ingest::start().await;
    let _first = ffmpeg::publish(&path, &ingest.url());
    ingest.watch().await;
    let second = timeout(PATIENCE, ffmpeg::publish(&path, &ingest.url()).wait_with_output()).await;
    let output = second.unwrap().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(complaint.contains("__defaultVhost__/live/cam is being published already"), "{complaint}");
}

#[tokio::test]
async fn what_our_publisher_sends_reaches_viewers_frame_by_frame() {
    let directory = tempfile::tempdir().unwrap();
    let path = clip(directory.path(), Audio::Aac).await;
    let sent = frames_of(&path);
    let ingest = Ingest::start().await;
    let options =
        PublishOptions { file: path, url: ingest.url(), looped: false, start_timestamp: 0, realtime: true };
    let publishing = tokio::spawn(publish(options));
    let mut watcher = ingest.watch().await;
    let tags = watcher.until(|tags| tags.iter().filter(|tag| is_frame(tag)).count() >= sent.len()).await;
    let received: Vec<_> = tags.iter().filter(|tag| is_frame(tag)).collect();
    let same = |(a, b): (&CapturedTag, &&CapturedTag)| a.timestamp == b.timestamp && a.body == b.body;
    assert!(sent.iter().zip(&received).all(same));
    timeout(PATIENCE, publishing).await.unwrap().unwrap().unwrap();
}

#[test]
fn sile_amf_reads_what_we_write_and_writes_what_we_read() {
    let pair = |name: &str, value| (name.to_owned(), value);
    let values = [
        Value::Number(-1.5),
        Value::Boolean(true),
        "short".into(),
        "x".repeat(70_000).as_str().into(),
        Value::Null,
        Value::Undefined,
        Value::Object(vec![pair("z", 1.0.into()), pair("a", Value::Null), pair("", "empty name".into())]),
        Value::EcmaArray(vec![pair("nested", Value::Object(vec![pair("deep", Value::Boolean(false))]))]),
        Value::StrictArray(vec![1.0.into(), "two".into()]),
        Value::Date { milliseconds: 1_700_000_000_000.0, timezone: 60 },
        Value::XmlDocument("<a/>".into()),
        Value::TypedObject { class: "Point".into(), properties: vec![pair("x", 3.0.into())] },
    ];
    for value in values {
        let ours = amf0::encode_all(std::slice::from_ref(&value));
        let theirs = amf::amf0::Value::read_from(&ours[..]).unwrap();
        let mut back = Vec::new();
        theirs.write_to(&mut back).unwrap();
        assert_eq!(amf0::decode_all(&back, LIMITS).unwrap(), [value]);
    }
}

#[test]
fn scuffle_flv_agrees_on_every_video_header() {
    use flvgate_media::codec::{FourCc, VideoCodec};
    use flvgate_media::flv::{FrameType, VideoHeader};
    use scuffle_flv::video::header::enhanced::ExVideoTagHeaderContent;
    use scuffle_flv::video::header::legacy::{LegacyVideoTagHeader, LegacyVideoTagHeaderAvcPacket};
    use scuffle_flv::video::header::{VideoTagHeader, VideoTagHeaderData};

    let theirs_of = |body: &[u8]| {
        let mut cursor = std::io::Cursor::new(Bytes::copy_from_slice(body));
        let header = VideoTagHeader::demux(&mut cursor).unwrap();
        (header, usize::try_from(cursor.position()).unwrap())
    };
    for first in 0x10..0x50u8 {
        for packet_type in 0..4 {
            let body = [first, packet_type, 0x00, 0x01, 0x02, 9];
            let (theirs, _) = theirs_of(&body);
            let VideoTagHeaderData::Legacy(legacy) = theirs.data else { panic!("a legacy header") };
            // 12 and 13 are de-facto ids, which scuffle-flv takes for codecs without a packet type.
            if let LegacyVideoTagHeader::AvcPacket(packet) = legacy {
                let ours = VideoHeader::parse(&body).unwrap();
                assert_eq!((ours.codec, ours.data_offset), (VideoCodec::Avc, 5));
                let expected = match packet {
                    LegacyVideoTagHeaderAvcPacket::SequenceHeader => VideoPacket::SequenceHeader,
                    LegacyVideoTagHeaderAvcPacket::Nalu { composition_time_offset } => {
                        assert_eq!(i64::from(ours.composition_time), i64::from(composition_time_offset));
                        VideoPacket::Frame
                    }
                    LegacyVideoTagHeaderAvcPacket::EndOfSequence => VideoPacket::SequenceEnd,
                    LegacyVideoTagHeaderAvcPacket::Unknown { avc_packet_type, .. } => {
                        VideoPacket::Reserved(avc_packet_type.0)
                    }
                };
                assert_eq!(ours.packet, expected);
            }
        }
    }
    for fourcc in [b"avc1", b"hvc1", b"av01", b"vp09"] {
        for packet_type in 0..6u8 {
            for (frame_type, expected) in [(1, FrameType::Key), (2, FrameType::Inter)] {
                // A ModEx of three bytes stands before the packet type.
                let plain = [&[0x80 | frame_type << 4 | packet_type], &fourcc[..], &[0, 0, 5, 1, 2]].concat();
                let mod_ex = [0x80 | frame_type << 4 | 7, 2, 0, 0, 1, packet_type];
                let prefixed = [&mod_ex[..], &plain[1..]].concat();
                for body in [plain, prefixed] {
                    let (theirs, end) = theirs_of(&body);
                    let ours = VideoHeader::parse(&body).unwrap();
                    let VideoTagHeaderData::Enhanced(enhanced) = theirs.data else { panic!("enhanced") };
                    assert_eq!(enhanced.video_packet_type.0, packet_type);
                    let ExVideoTagHeaderContent::NoMultiTrack(codec) = enhanced.content else {
                        panic!("one")
                    };
                    assert_eq!(ours.codec, VideoCodec::from_fourcc(FourCc(codec.0)));
                    assert_eq!(ours.frame_type, expected);
                    // What follows is the body to scuffle-flv, composition time included.
                    let timed = packet_type == 1 && matches!(fourcc, b"avc1" | b"hvc1");
                    assert_eq!(ours.data_offset, if timed { end + 3 } else { end });
                    assert_eq!(ours.composition_time, if timed { 5 } else { 0 });
                }
            }
        }
    }
}

#[test]
fn scuffle_flv_agrees_on_every_audio_header() {
    use flvgate_media::codec::{AudioCodec, FourCc};
    use flvgate_media::flv::AudioHeader;
    use scuffle_flv::audio::header::AudioTagHeader;
    use scuffle_flv::audio::header::enhanced::ExAudioTagHeaderContent;

    let theirs_of = |body: &[u8]| {
        let mut cursor = std::io::Cursor::new(Bytes::copy_from_slice(body));
        let header = AudioTagHeader::demux(&mut cursor).unwrap();
        (header, usize::try_from(cursor.position()).unwrap())
    };
    for first in (0..=255u8).filter(|first| first >> 4 != 9) {
        let body = [first, 1, 2, 3];
        let (AudioTagHeader::Legacy(theirs), end) = theirs_of(&body) else { panic!("a legacy header") };
        let ours = AudioHeader::parse(&body).unwrap();
        assert_eq!(ours.codec, AudioCodec::from_flv_id(theirs.sound_format.0));
        // The AAC packet type is the body's to scuffle-flv.
        let aac = usize::from(ours.codec == AudioCodec::Aac);
        assert_eq!(ours.data_offset, end + aac);
    }
    for fourcc in [b"mp4a", b"Opus", b"fLaC", b"ac-3", b"ec-3", b".mp3"] {
        for packet_type in [0, 1, 2, 4] {
            let body = [&[0x90 | packet_type], &fourcc[..], &[1, 2, 3]].concat();
            let (AudioTagHeader::Enhanced(theirs), end) = theirs_of(&body) else { panic!("enhanced") };
            let ExAudioTagHeaderContent::NoMultiTrack(codec) = theirs.content else { panic!("one track") };
            let ours = AudioHeader::parse(&body).unwrap();
            assert_eq!(ours.codec, AudioCodec::from_fourcc(FourCc(codec.0)));
            assert_eq!(ours.data_offset, end);
        }
    }
}
