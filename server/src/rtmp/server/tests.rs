use std::time::Duration;

use bytes::Bytes;
use flvgate_media::flv::TagType;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::*;
use crate::config::{Config, Publish, RtmpLimits, SecondPublisher, Vhost};
use crate::hub::clients::{self, Role};
use crate::rtmp::client::{ClientError, PublishSession};
use crate::rtmp::fixture::{PATIENCE, TestServer, plain_vhost, soon};

mod access;
mod floods;
mod play;

const AVC_CONFIG: &[u8] = &[0x17, 0, 0, 0, 0, 1, 100, 0, 31];
const AVC_KEYFRAME: &[u8] = &[0x17, 1, 0, 0, 0, 0x65];
const BRIEF: Duration = Duration::from_millis(100);

/// An encoder.
struct Encoder {
    socket: TcpStream,
    session: PublishSession,
}

/// How a connection ended, from the encoder's side.
#[derive(Debug, PartialEq)]
enum Ended {
    Refused(String),
    Closed,
}

impl Encoder {
    async fn connect(server: &TestServer, stream: &str) -> Self {
        let socket = TcpStream::connect(server.address).await.unwrap();
        Self { socket, session: PublishSession::new(server.url(stream).parse().unwrap(), 3) }
    }

    /// Talks until the server agrees.
    async fn publish(server: &TestServer, stream: &str) -> Result<Self, Ended> {
        let mut encoder = Self::connect(server, stream).await;
        soon(async {
            while !encoder.session.is_publishing() {
                encoder.step().await?;
            }
            Ok(encoder)
        })
        .await
    }

    async fn step(&mut self) -> Result<(), Ended> {
        self.flush().await;
        let mut buffer = [0; 4096];
        match self.socket.read(&mut buffer).await {
            Ok(size @ 1..) => match self.session.handle_input(&buffer[..size]) {
                Ok(()) => Ok(()),
                Err(ClientError::Refused { code, description }) => {
                    Err(Ended::Refused(format!("{code}: {description}")))
                }
                Err(error) => panic!("{error}"),
            },
            Ok(0) | Err(_) => Err(Ended::Closed),
        }
    }

    async fn flush(&mut self) {
        self.socket.write_all(&self.session.take_output()).await.unwrap();
    }

    async fn send(&mut self, timestamp: u32, body: &'static [u8]) {
        self.session.send_tag(TagType::Video, timestamp, &Bytes::from_static(body));
        self.flush().await;
    }

    /// Waits until the server ends the connection.
    async fn ended(mut self) -> Ended {
        soon(async {
            loop {
                if let Err(ended) = self.step().await {
                    return ended;
                }
            }
        })
        .await
    }
}

fn with_limits(limits: RtmpLimits) -> Config {
    let mut config = Config { vhosts: vec![Arc::new(plain_vhost())], ..Config::default() };
    config.rtmp.limits = limits;
    config
}

fn with_publish(adjust: impl FnOnce(&mut Publish)) -> Vhost {
    let mut vhost = plain_vhost();
    adjust(&mut vhost.publish);
    vhost
}

fn refused(text: &str) -> Ended {
    Ended::Refused(text.to_owned())
}

#[tokio::test]
async fn what_is_published_reaches_a_viewer_and_ends_with_the_connection() {
    let server = TestServer::start(plain_vhost()).await;
    let mut encoder = Encoder::publish(&server, "cam.1?token=a=b").await.unwrap();
    let mut viewer = server.watch("cam.1").await;
    encoder.send(0, AVC_CONFIG).await;
    encoder.send(1000, AVC_KEYFRAME).await;
    let seen = viewer.frames(1).await;
    let video: Vec<_> = seen.iter().filter(|(kind, ..)| *kind == TagType::Video).collect();
    assert_eq!(video[0].2, AVC_CONFIG);
    assert_eq!((video[1].1, &video[1].2[..]), (1000, AVC_KEYFRAME));

    let status = server.hub.streams();
    assert_eq!(status.len(), 1);
    drop(encoder);
    viewer.ended().await;
}

#[tokio::test]
async fn a_second_publisher_is_told_that_the_stream_is_taken() {
    let server = TestServer::start(plain_vhost()).await;
    let mut first = Encoder::publish(&server, "cam").await.unwrap();
    let second = Encoder::publish(&server, "cam").await.err();
    let taken = "NetStream.Publish.BadName: __defaultVhost__/live/cam is being published already";
    assert_eq!(second, Some(refused(taken)));
    let mut viewer = server.watch("cam").await;
    first.send(0, AVC_CONFIG).await;
    first.send(40, AVC_KEYFRAME).await;
    viewer.frames(1).await;
}

#[tokio::test]
async fn a_second_publisher_may_take_over_and_the_first_is_told() {
    let replace = with_publish(|publish| publish.second_publisher = SecondPublisher::Replace);
    let server = TestServer::start(replace).await;
    let first = Encoder::publish(&server, "cam").await.unwrap();
    let _second = Encoder::publish(&server, "cam").await.unwrap();
    let told = "NetConnection.Connect.Closed: another publisher has taken the stream over";
    assert_eq!(first.ended().await, refused(told));
}

#[tokio::test]
async fn an_encoder_that_reconnects_at_once_gets_its_stream_back() {
    let server = TestServer::start(plain_vhost()).await;
    for _ in 0..20 {
        // The old connection is still open when the new one asks.
        let old = Encoder::publish(&server, "cam").await.unwrap();
        let new = Encoder::publish(&server, "cam");
        drop(old);
        assert!(new.await.is_ok());
    }
}

#[tokio::test]
async fn a_connection_publishes_again_when_it_has_unpublished() {
    let server = TestServer::start(plain_vhost()).await;
    let mut encoder = Encoder::publish(&server, "cam").await.unwrap();
    let viewer = server.watch("cam").await;
    encoder.session.finish();
    encoder.flush().await;
    viewer.ended().await;
    assert!(Encoder::publish(&server, "cam").await.is_ok(), "the first one is still connected");
}

#[tokio::test]
async fn one_who_does_not_shake_hands_is_closed() {
    let limits = RtmpLimits { handshake_timeout: BRIEF, ..RtmpLimits::default() };
    let server = TestServer::start_with(with_limits(limits)).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(&[3]).await.unwrap();
    assert_eq!(soon(socket.read(&mut [0])).await.unwrap(), 0);
}

#[tokio::test]
async fn one_who_never_publishes_is_closed_and_told_why() {
    let limits = RtmpLimits { idle_timeout: BRIEF, ..RtmpLimits::default() };
    let server = TestServer::start_with(with_limits(limits)).await;
    let mut encoder = Encoder::connect(&server, "cam").await;
    // C0, C1; then C2 and connect. The rest is kept back.
    encoder.step().await.unwrap();
    encoder.flush().await;
    let mut answers = Vec::new();
    soon(encoder.socket.read_to_end(&mut answers)).await.unwrap();
    let why = b"waited too long for the client to publish";
    assert!(answers.windows(why.len()).any(|window| window == why));
}

#[tokio::test]
async fn a_publisher_without_media_is_closed() {
    let server = TestServer::start(with_publish(|publish| publish.firstpkt_timeout = BRIEF)).await;
    let encoder = Encoder::publish(&server, "cam").await.unwrap();
    let told = "NetConnection.Connect.Closed: waited too long for audio or video";
    assert_eq!(encoder.ended().await, refused(told));
}

#[tokio::test]
async fn a_publisher_that_falls_silent_is_closed() {
    let server = TestServer::start(with_publish(|publish| publish.normal_timeout = BRIEF)).await;
    let mut encoder = Encoder::publish(&server, "cam").await.unwrap();
    let viewer = server.watch("cam").await;
    encoder.send(0, AVC_KEYFRAME).await;
    let told = "NetConnection.Connect.Closed: waited too long for audio or video";
    assert_eq!(encoder.ended().await, refused(told));
    viewer.ended().await;
}

#[tokio::test]
async fn a_publisher_that_nobody_watches_is_closed_after_a_while() {
    let server = TestServer::start(with_publish(|publish| publish.kickoff_for_idle = 3 * BRIEF)).await;
    let mut encoder = Encoder::publish(&server, "cam").await.unwrap();
    let viewer = server.watch("cam").await;
    let started = Instant::now();
    let mut timestamp = 0;
    while started.elapsed() < 6 * BRIEF {
        encoder.send(timestamp, AVC_KEYFRAME).await;
        tokio::time::sleep(BRIEF / 10).await;
        timestamp += 10;
    }
    drop(viewer);
    let told =
        "NetConnection.Connect.Closed: nobody has watched the stream for as long as kickoff_for_idle allows";
    let ended = soon(async {
        loop {
            encoder.session.send_tag(TagType::Video, timestamp, &Bytes::from_static(AVC_KEYFRAME));
            timestamp += 10;
            // It may be over before the frame is written; the reason can be read all the same.
            let _ = encoder.socket.write_all(&encoder.session.take_output()).await;
            if let Ok(Err(ended)) = timeout(BRIEF / 10, encoder.step()).await {
                return ended;
            }
        }
    })
    .await;
    assert_eq!(ended, refused(told));
}

#[tokio::test]
async fn a_publisher_is_registered_while_it_publishes() {
    let server = TestServer::start(plain_vhost()).await;
    let mut encoder = Encoder::publish(&server, "cam").await.unwrap();
    let mut viewer = server.watch("cam").await;
    encoder.send(0, AVC_CONFIG).await;
    encoder.send(40, AVC_KEYFRAME).await;
    viewer.frames(1).await;
    let clients = server.hub.clients().list();
    let [client] = &clients[..] else { panic!("{clients:?}") };
    assert_eq!(client.info().role, Role::Publisher(clients::Encoder::Fmle));
    assert_eq!(*client.info().key, server.hub.streams()[0].key);
    assert_eq!(client.id(), server.hub.streams()[0].publisher.as_ref().unwrap().client_id);
    assert_eq!(client.info().ip, server.address.ip());
    assert_eq!(client.info().tc_url.as_str(), format!("rtmp://{}/live", server.address));
    let least = (AVC_CONFIG.len() + AVC_KEYFRAME.len()) as u64;
    assert!(client.traffic().received_bytes() >= least, "{client:?}");
    encoder.session.finish();
    encoder.flush().await;
    viewer.ended().await;
    assert!(server.hub.clients().list().is_empty());
}

#[tokio::test]
async fn a_publisher_that_is_kicked_amid_its_media_is_told_and_its_stream_goes() {
    let server = TestServer::start(plain_vhost()).await;
    let mut encoder = Encoder::publish(&server, "cam").await.unwrap();
    let stays = Encoder::publish(&server, "other").await.unwrap();
    let viewer = server.watch("cam").await;
    for timestamp in 0..1000 {
        encoder.send(timestamp, AVC_KEYFRAME).await;
    }
    let clients = server.hub.clients();
    let kicked = std::time::Instant::now();
    assert!(clients.kick(clients.list()[0].id()));
    viewer.ended().await;
    eprintln!("kick to the end of an RTMP publisher's stream: {:?}", kicked.elapsed());
    let told = "NetConnection.Connect.Closed: the operator has disconnected this client";
    assert_eq!(encoder.ended().await, refused(told));
    assert_eq!(clients.list().len(), 1);
    assert_eq!(server.hub.streams()[0].key.stream, "other");
    drop(stays);
}

#[tokio::test]
async fn shutdown_tells_publishers_and_waits_for_their_end() {
    let server = TestServer::start(plain_vhost()).await;
    let encoder = Encoder::publish(&server, "cam").await.unwrap();
    server.trigger.shutdown();
    let told = "NetConnection.Connect.Closed: the server is stopping";
    assert_eq!(encoder.ended().await, refused(told));
    soon(server.task).await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_a_free_place_is_used_again() {
    let config = Config { max_connections: 1, ..with_limits(RtmpLimits::default()) };
    let server = TestServer::start_with(config).await;
    let first = Encoder::publish(&server, "a").await.unwrap();
    assert_eq!(Encoder::publish(&server, "b").await.err(), Some(Ended::Closed));
    drop(first);
    soon(async { while Encoder::publish(&server, "b").await.is_err() {} }).await;
}

#[tokio::test]
async fn what_is_not_rtmp_is_closed() {
    let server = TestServer::start(plain_vhost()).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    soon(socket.read_to_end(&mut answer)).await.unwrap();
    assert_eq!(answer, b"");
}
