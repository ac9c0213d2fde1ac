use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use flvgate_media::amf0::{self, Value};
use flvgate_media::flv::{Tag, TagType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::*;
use crate::config::{Config, DEFAULT_VHOST, Forward, SecondPublisher, Vhost};
use crate::hub::{Publisher, PublisherInfo};
use crate::rtmp::fixture::{PATIENCE, Seen, TestServer, plain_vhost, soon};
use crate::rtmp::session::{self, Session};

const AVC_CONFIG: &[u8] = &[0x17, 0, 0, 0, 0, 1, 100, 0, 31];
const AAC_CONFIG: &[u8] = &[0xaf, 0, 0x12, 0x10];

/// A server that forwards.
struct Origin {
    server: TestServer,
    ledger: Arc<Ledger>,
}

impl Origin {
    async fn start(vhosts: Vec<Vhost>) -> Self {
        let server = TestServer::start_with(config(vhosts)).await;
        let ledger = Arc::<Ledger>::default();
        let (trigger, shutdown) = shutdown::channel();
        // It ends with the test's runtime.
        std::mem::forget(trigger);
        tokio::spawn(run(server.settings.clone(), server.hub.clone(), ledger.clone(), shutdown));
        Self { server, ledger }
    }

    fn reload(&self, vhosts: Vec<Vhost>) {
        self.server.update.replace(Arc::new(config(vhosts)));
    }

    /// Publishes `cam` with its configuration.
    async fn publish(&self) -> Publisher {
        let vhost = self.server.settings.current().vhost(DEFAULT_VHOST).unwrap().clone();
        let info = PublisherInfo { client_id: "encoder".into(), ..PublisherInfo::default() };
        let publisher = self.server.hub.publish(key(DEFAULT_VHOST), vhost, info).await.unwrap();
        publisher.push(tag(TagType::Script, 0, &metadata()));
        publisher.push(tag(TagType::Video, 0, AVC_CONFIG));
        publisher.push(tag(TagType::Audio, 0, AAC_CONFIG));
        publisher
    }

    /// Waits until the only forward is as `wanted` says.
    async fn forward(&self, wanted: impl Fn(&ForwardStatus) -> bool) -> ForwardStatus {
        soon(async {
            loop {
                if let [status] = &self.ledger.list()[..]
                    && wanted(status)
                {
                    return status.clone();
                }
                sleep(Duration::from_millis(5)).await;
            }
        })
        .await
    }

    async fn no_forwards(&self) {
        soon(async {
            while !self.ledger.list().is_empty() {
                sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

fn config(vhosts: Vec<Vhost>) -> Config {
    Config { vhosts: vhosts.into_iter().map(Arc::new).collect(), ..Config::default() }
}

fn forwarding(name: &str, destinations: &[String]) -> Vhost {
    let forward = Forward { enabled: true, destinations: destinations.to_vec() };
    Vhost { name: name.to_owned(), forward, ..plain_vhost() }
}

fn key(vhost: &str) -> StreamKey {
    StreamKey { vhost: vhost.into(), app: "live".into(), stream: "cam".into() }
}

fn tag(tag_type: TagType, timestamp: u64, body: &[u8]) -> Tag {
    Tag::parse(tag_type, timestamp, Bytes::copy_from_slice(body)).unwrap()
}

fn metadata() -> Vec<u8> {
    amf0::encode_all(&["onMetaData".into(), Value::EcmaArray(vec![("width".into(), Value::Number(320.0))])])
}

/// GOPs of five frames, 40 ms apart, each with a sound.
fn push_frames(publisher: &Publisher, frames: std::ops::Range<u8>) {
    for number in frames {
        let time = u64::from(number) * 40;
        publisher.push(tag(TagType::Video, time, &frame(number)));
        publisher.push(tag(TagType::Audio, time + 3, &[0xaf, 1, number]));
    }
}

fn frame(number: u8) -> [u8; 6] {
    [if number.is_multiple_of(5) { 0x17 } else { 0x27 }, 1, 0, 0, 0, number]
}

fn videos(seen: &[Seen]) -> Vec<(u32, &[u8])> {
    let video = |(kind, ..): &&Seen| *kind == TagType::Video;
    seen.iter().filter(video).map(|(_, time, body)| (*time, &body[..])).collect()
}

fn publishing(status: &ForwardStatus) -> bool {
    status.state == ForwardState::Publishing
}

/// An address where nobody listens, for now.
async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_destination_gets_the_stream_tag_by_tag_and_its_end() {
    let second = TestServer::start(plain_vhost()).await;
    let origin = Origin::start(vec![forwarding(DEFAULT_VHOST, &[second.address.to_string()])]).await;
    let publisher = origin.publish().await;
    push_frames(&publisher, 0..3);
    let mut viewer = second.watch("cam").await;
    origin.forward(publishing).await;
    push_frames(&publisher, 3..20);
    let seen = viewer.frames(40).await;
    assert_eq!(seen.iter().filter(|(kind, ..)| *kind == TagType::Script).count(), 1);
    let expected: Vec<_> = (0..20).map(|number| (u32::from(number) * 40, frame(number).to_vec())).collect();
    let got: Vec<_> = videos(&seen)[1..].iter().map(|(time, body)| (*time, body.to_vec())).collect();
    assert_eq!(videos(&seen)[0].1, AVC_CONFIG);
    assert_eq!(got, expected);
    let status = origin.forward(|status| status.tags >= 43).await;
    assert_eq!((status.connections, status.last_error.as_str()), (1, ""));
    drop(publisher);
    viewer.ended().await;
    origin.no_forwards().await;
}

#[tokio::test]
async fn every_destination_gets_the_stream() {
    let (one, two) = (TestServer::start(plain_vhost()).await, TestServer::start(plain_vhost()).await);
    let destinations = [one.address.to_string(), format!("rtmp://{}/live/other", two.address)];
    let origin = Origin::start(vec![forwarding(DEFAULT_VHOST, &destinations)]).await;
    let publisher = origin.publish().await;
    push_frames(&publisher, 0..5);
    one.watch("cam").await.frames(10).await;
    two.watch("other").await.frames(10).await;
}

#[tokio::test]
async fn a_vhost_of_the_same_server_gets_the_stream() {
    let origin = Origin::start(Vec::new()).await;
    let url = format!("rtmp://{}/[app]/[stream]?vhost=ts.local", origin.server.address);
    let other = Vhost { name: "ts.local".into(), ..plain_vhost() };
    origin.reload(vec![forwarding(DEFAULT_VHOST, &[url]), other]);
    let publisher = origin.publish().await;
    push_frames(&publisher, 0..5);
    origin.server.watch_in("ts.local", "cam").await.frames(10).await;
}

#[tokio::test]
async fn a_stream_that_would_come_back_to_itself_is_refused_and_lives_on() {
    let origin = Origin::start(Vec::new()).await;
    let mut vhost = forwarding(DEFAULT_VHOST, &[origin.server.address.to_string()]);
    // Even where a newcomer may take over.
    vhost.publish.second_publisher = SecondPublisher::Replace;
    origin.reload(vec![vhost]);
    let publisher = origin.publish().await;
    // It is over when there is nothing under way any more, after there was.
    soon(async {
        while origin.ledger.opened() == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    origin.no_forwards().await;
    assert_eq!(origin.ledger.opened(), 1);
    push_frames(&publisher, 0..5);
    assert_eq!(origin.server.watch("cam").await.frames(10).await.len(), 13);
    assert_eq!(origin.server.hub.publication(&key(DEFAULT_VHOST)).unwrap().client_id, "encoder");
}

#[tokio::test]
async fn a_loop_over_two_vhosts_is_cut_where_it_closes() {
    let origin = Origin::start(Vec::new()).await;
    let to = |vhost: &str| format!("rtmp://{}/live/cam?vhost={vhost}", origin.server.address);
    origin.reload(vec![forwarding(DEFAULT_VHOST, &[to("b")]), forwarding("b", &[to(DEFAULT_VHOST)])]);
    let publisher = origin.publish().await;
    push_frames(&publisher, 0..5);
    origin.server.watch_in("b", "cam").await.frames(10).await;
    origin.forward(|status| publishing(status) && status.key == key(DEFAULT_VHOST)).await;
    assert_eq!(origin.ledger.opened(), 2);
    assert_eq!(origin.server.hub.publication(&key(DEFAULT_VHOST)).unwrap().client_id, "encoder");
}

#[tokio::test]
async fn a_destination_that_comes_later_gets_the_newest_gop() {
    let address = free_address().await;
    let origin = Origin::start(vec![forwarding(DEFAULT_VHOST, &[address.to_string()])]).await;
    let publisher = origin.publish().await;
    push_frames(&publisher, 0..12);
    let failed = origin.forward(|status| status.state == ForwardState::Waiting).await;
    assert!(failed.last_error.contains("Connection refused"), "{}", failed.last_error);
    let second = TestServer::start_at(address, config(vec![plain_vhost()])).await;
    let seen = second.watch("cam").await.frames(4).await;
    let expected = [(400, AVC_CONFIG), (400, &frame(10)[..]), (440, &frame(11)[..])];
    assert_eq!(videos(&seen), expected);
}

#[tokio::test]
async fn a_destination_that_restarts_gets_configuration_and_a_keyframe_first() {
    let first = TestServer::start(plain_vhost()).await;
    let address = first.address;
    let origin = Origin::start(vec![forwarding(DEFAULT_VHOST, &[address.to_string()])]).await;
    let publisher = origin.publish().await;
    push_frames(&publisher, 0..7);
    // What was pushed before the connection is there from the newest keyframe on.
    first.watch("cam").await.frames(4).await;
    first.trigger.shutdown();
    soon(first.task).await.unwrap();
    origin.forward(|status| status.state == ForwardState::Waiting).await;

    push_frames(&publisher, 7..13);
    let second = TestServer::start_at(address, config(vec![plain_vhost()])).await;
    let mut viewer = second.watch("cam").await;
    let seen = viewer.frames(6).await;
    let setup: Vec<_> = seen.iter().take(3).map(|(_, _, body)| body.as_slice()).collect();
    assert!(setup.contains(&AVC_CONFIG) && setup.contains(&AAC_CONFIG), "{setup:?}");
    assert_eq!(videos(&seen)[1], (400, &frame(10)[..]));
    push_frames(&publisher, 13..14);
    assert_eq!(videos(&viewer.frames(8).await).last().unwrap(), &(520, &frame(13)[..]));
    assert_eq!(origin.forward(publishing).await.connections, 2);
}

#[tokio::test]
async fn the_connection_stays_over_the_grace_period() {
    let second = TestServer::start(plain_vhost()).await;
    let mut vhost = forwarding(DEFAULT_VHOST, &[second.address.to_string()]);
    vhost.publish.grace_timeout = PATIENCE;
    let origin = Origin::start(vec![vhost]).await;
    let publisher = origin.publish().await;
    push_frames(&publisher, 0..2);
    let mut viewer = second.watch("cam").await;
    viewer.frames(4).await;
    drop(publisher);
    let publisher = origin.publish().await;
    push_frames(&publisher, 0..2);
    let seen = viewer.frames(8).await;
    let times: Vec<_> = videos(&seen).iter().map(|(time, _)| *time).collect();
    assert!(times.is_sorted(), "one clock: {times:?}");
    assert_eq!(origin.forward(publishing).await.connections, 1);
}

#[tokio::test]
async fn a_reload_adds_and_removes_destinations_of_a_running_stream() {
    let (one, two) = (TestServer::start(plain_vhost()).await, TestServer::start(plain_vhost()).await);
    let (to_one, to_two) = (one.address.to_string(), two.address.to_string());
    let origin = Origin::start(vec![plain_vhost()]).await;
    let publisher = origin.publish().await;
    push_frames(&publisher, 0..5);
    origin.reload(vec![forwarding(DEFAULT_VHOST, std::slice::from_ref(&to_one))]);
    let mut first = one.watch("cam").await;
    first.frames(10).await;

    origin.reload(vec![forwarding(DEFAULT_VHOST, &[to_one, to_two.clone()])]);
    two.watch("cam").await.frames(10).await;
    origin.reload(vec![forwarding(DEFAULT_VHOST, &[to_two])]);
    first.ended().await;
    let left = origin.forward(publishing).await;
    assert_eq!((left.destination, left.connections), (two.address.to_string(), 1));

    let off = Forward { enabled: false, ..forwarding(DEFAULT_VHOST, &[]).forward };
    origin.reload(vec![Vhost { forward: off, ..plain_vhost() }]);
    origin.no_forwards().await;
}

#[tokio::test]
async fn a_destination_that_never_reads_disturbs_nobody() {
    const FRAME: usize = 64 * 1024;
    const FRAMES: u64 = 1000;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut vhost = forwarding(DEFAULT_VHOST, &[listener.local_addr().unwrap().to_string()]);
    vhost.play.queue_max_bytes = 1024 * 1024;
    let origin = Origin::start(vec![vhost]).await;
    let publisher = origin.publish().await;
    let deaf = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut session = Session::new(Arc::new(config(vec![plain_vhost()])), 1);
        let mut buffer = vec![0; 4096];
        loop {
            let size = socket.read(&mut buffer).await.unwrap();
            session.handle_input(&buffer[..size]).unwrap();
            let asks = matches!(session.next_event(), Some(session::Event::Publish(_)));
            if asks {
                session.accept_publish();
            }
            socket.write_all(&session.take_output()).await.unwrap();
            if asks {
                return socket;
            }
        }
    });
    let _deaf = soon(deaf).await.unwrap();
    origin.forward(publishing).await;
    let mut viewer = origin.server.hub.follow(&key(DEFAULT_VHOST)).unwrap();
    for number in 0..FRAMES {
        let body = [&frame(0)[..], &vec![0; FRAME]].concat();
        publisher.push(tag(TagType::Video, number * 40, &body));
        let (mut batch, mut size) = (Vec::new(), 0);
        while size < FRAME {
            soon(viewer.next(&mut batch)).await.expect("others get every frame");
            size = batch.iter().map(Bytes::len).sum();
        }
    }
    let sent = origin.ledger.list()[0].bytes;
    assert!(sent < FRAMES * FRAME as u64 / 2, "what is not taken is not piled up: {sent} bytes");
}

#[tokio::test]
async fn a_forward_that_panics_is_tried_again_with_the_next_publisher() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let forward = Forward { enabled: true, destinations: vec!["127.0.0.1:1".into()] };
    let vhost = Vhost { forward, ..plain_vhost() };
    let server = TestServer::start_with(config(vec![vhost])).await;
    let (ledger, calls) = (Arc::<Ledger>::default(), Arc::<AtomicUsize>::default());
    let (_trigger, shutdown) = shutdown::channel();
    let count = calls.clone();
    let run = move |relay: Relay, stop: Shutdown| {
        let count = count.clone();
        async move {
            assert!(count.fetch_add(1, Ordering::Relaxed) > 0, "a bug");
            relay.run(stop).await
        }
    };
    tokio::spawn(run_with(server.settings.clone(), server.hub.clone(), ledger.clone(), shutdown, run));
    let origin = Origin { server, ledger };
    for (client_id, expected) in [("first", 1), ("second", 2)] {
        let vhost = origin.server.settings.current().vhost(DEFAULT_VHOST).unwrap().clone();
        let info = PublisherInfo { client_id: client_id.into(), ..PublisherInfo::default() };
        let publisher = origin.server.hub.publish(key(DEFAULT_VHOST), vhost, info).await.unwrap();
        soon(async {
            while calls.load(Ordering::Relaxed) < expected {
                sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        if expected == 1 {
            origin.no_forwards().await;
        }
        drop(publisher);
    }
}
