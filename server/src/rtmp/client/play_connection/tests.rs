use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use flvgate_media::amf0::Value;
use flvgate_media::flv::TagType;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::config::{Config, Vhost};
use crate::hub::{PublisherInfo, StreamKey};
use crate::rtmp::chunk::ChunkWriter;
use crate::rtmp::command::{Command, information, properties};
use crate::rtmp::fixture::{TestServer, plain_vhost, soon};
use crate::rtmp::session::{Event, Session};

/// A server of an SRS origin cluster that does not have the stream: it agrees to play, and then sends players to
/// `target`, in SRS's words. Returns where it is, and how many have come.
async fn coworker(target: impl Fn(SocketAddr) -> String + Send + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, visits) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
    let count = visits.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::Relaxed);
            let config = Config { vhosts: vec![Arc::new(Vhost::default())], ..Config::default() };
            let mut session = Session::new(Arc::new(config), 1);
            let mut input = vec![0; 4096];
            while let Ok(size @ 1..) = socket.read(&mut input).await {
                session.handle_input(&input[..size]).unwrap();
                let mut output = Vec::new();
                while let Some(event) = session.next_event() {
                    if let Event::Play(_) = event {
                        session.accept_play();
                        output = redirect(&target(address));
                    }
                }
                let output = [session.take_output(), output].concat();
                if socket.write_all(&output).await.is_err() {
                    break;
                }
            }
        }
    });
    (address, visits)
}

/// What an SRS origin sends behind `NetStream.Play.Start`, in message stream 0.
fn redirect(url: &str) -> Vec<u8> {
    let tc_url = url.rsplit_once('/').unwrap().0;
    let ex =
        properties([("code", Value::Number(302.0)), ("redirect", tc_url.into()), ("redirect2", url.into())]);
    let mut status = information("error", "NetConnection.Connect.Rejected", "RTMP 302 Redirect");
    if let Value::Object(status) = &mut status {
        status.extend(properties([("ex", Value::Object(ex))]));
    }
    let mut output = Vec::new();
    let mut writer = ChunkWriter::new();
    writer.set_chunk_size(60_000, &mut output);
    writer.write(3, &Command::new("onStatus", 0.0, vec![status]).to_message(0), &mut output);
    output
}

#[tokio::test]
async fn a_server_that_sends_us_elsewhere_after_it_has_agreed_is_followed() {
    let server = TestServer::start(plain_vhost()).await;
    let vhost = server.settings.current().vhosts[0].clone();
    let key = StreamKey { vhost: vhost.name.clone(), app: "live".into(), stream: "cam".into() };
    let publisher = server.hub.publish(key, vhost, PublisherInfo::default()).await.unwrap();
    for body in [&[0x17, 0, 0, 0, 0, 1, 100, 0, 31][..], &[0x17, 1, 0, 0, 0, 0x65]] {
        publisher.push(Tag::parse(TagType::Video, 0, Bytes::from_static(body)).unwrap());
    }
    let url = server.url("cam");
    let (address, visits) = coworker(move |_| url.clone()).await;
    let url = format!("rtmp://{address}/live/cam").parse().unwrap();
    let mut connection = soon(PlayConnection::open(url, &Route::default())).await.unwrap();
    let tag = soon(connection.next_tag()).await.unwrap();
    assert_eq!(tag.tag_type(), TagType::Video);
    assert_eq!(connection.address().unwrap(), server.address);
    assert_eq!(visits.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn servers_that_send_us_in_circles_are_left() {
    let (address, visits) = coworker(|address| format!("rtmp://{address}/live/cam")).await;
    let url = format!("rtmp://{address}/live/cam").parse().unwrap();
    let mut connection = soon(PlayConnection::open(url, &Route::default())).await.unwrap();
    let error = soon(connection.next_tag()).await.unwrap_err();
    assert!(matches!(error, ConnectionError::Client(ClientError::Redirected(_))), "{error}");
    assert_eq!(visits.load(Ordering::Relaxed), 1 + MAX_REDIRECTS);
}
