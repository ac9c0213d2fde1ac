//! Players, over real sockets.

use flvgate_media::amf0::Value;

use super::*;
use crate::hub::clients::Role;
use crate::rtmp::chunk::ChunkWriter;
use crate::rtmp::command::{Command, properties};
use crate::rtmp::handshake::ClientHandshake;

/// A client that has asked to play `live/cam`, and has read no more than the handshake.
pub(super) async fn player(server: &TestServer) -> TcpStream {
    player_of(server, "cam").await
}

async fn player_of(server: &TestServer, name: &str) -> TcpStream {
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let mut output = Vec::new();
    let mut handshake = ClientHandshake::start(1, &mut output);
    socket.write_all(&output).await.unwrap();
    let mut input = vec![0; 1 + 2 * 1536];
    soon(socket.read_exact(&mut input)).await.unwrap();
    output.clear();
    assert!(handshake.handle_input(&input, &mut output).unwrap().done);
    let object = Value::Object(properties([("app", "live".into()), ("tcUrl", "rtmp://h/live".into())]));
    let commands = [
        (0, Command { object, ..Command::new("connect", 1.0, Vec::new()) }),
        (0, Command::new("createStream", 2.0, Vec::new())),
        (1, Command::new("play", 3.0, vec![name.into()])),
    ];
    for (stream_id, command) in commands {
        ChunkWriter::new().write(3, &command.to_message(stream_id), &mut output);
    }
    socket.write_all(&output).await.unwrap();
    socket
}

pub(super) async fn wait_for_viewers(server: &TestServer, count: u64) {
    soon(async {
        while server.hub.streams()[0].viewers != count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_player_is_registered_and_can_be_kicked() {
    let server = TestServer::start(plain_vhost()).await;
    let mut encoder = Encoder::publish(&server, "cam").await.unwrap();
    encoder.send(0, AVC_CONFIG).await;
    let mut socket = player(&server).await;
    wait_for_viewers(&server, 1).await;
    let clients = server.hub.clients();
    let player = clients.list().into_iter().find(|client| matches!(client.info().role, Role::Viewer { .. }));
    assert!(clients.kick(player.expect("it is registered").id()));
    let mut rest = Vec::new();
    soon(socket.read_to_end(&mut rest)).await.unwrap();
    let told = b"the operator has disconnected this client";
    assert!(rest.windows(told.len()).any(|window| window == told));
    wait_for_viewers(&server, 0).await;
}

#[tokio::test]
async fn a_player_beyond_the_viewers_share_is_told_and_encoders_still_find_a_place() {
    let limits = with_limits(RtmpLimits::default());
    let server =
        TestServer::start_with(Config { max_connections: 8, reserved_connections: 2, ..limits }).await;
    let mut encoders = Vec::new();
    for number in 0..6 {
        encoders.push(Encoder::publish(&server, &format!("cam{number}")).await.unwrap());
    }
    let mut told = Vec::new();
    soon(player(&server).await.read_to_end(&mut told)).await.unwrap();
    let reason = b"as many viewers as max_connections allows";
    assert!(told.windows(reason.len()).any(|window| window == reason));
    encoders.push(
        soon(async {
            loop {
                if let Ok(encoder) = Encoder::publish(&server, "last").await {
                    break encoder;
                }
            }
        })
        .await,
    );
    assert_eq!(
        Encoder::publish(&server, "more").await.err(),
        Some(Ended::Closed),
        "the last place is the API's"
    );
}

#[tokio::test]
async fn a_player_that_never_reads_is_let_go_and_the_publisher_notices_nothing() {
    let mut config = with_limits(RtmpLimits::default());
    config.http_server.http.send_timeout = BRIEF;
    let server = TestServer::start_with(config).await;
    let mut encoder = Encoder::publish(&server, "cam").await.unwrap();
    encoder.send(0, AVC_CONFIG).await;
    let _deaf = player(&server).await;
    wait_for_viewers(&server, 1).await;
    let frame = Bytes::from([AVC_KEYFRAME, &[0; 256 * 1024]].concat());
    let mut time = 0;
    soon(async {
        while server.hub.streams()[0].viewers > 0 {
            time += 40;
            encoder.session.send_tag(TagType::Video, time, &frame);
            encoder.flush().await;
        }
    })
    .await;
    assert_eq!(server.hub.streams()[0].drops.stalled, 1);
    assert!(server.hub.streams()[0].publisher.is_some());
}

/// The streams of those who play, by name.
fn played(server: &TestServer) -> Vec<String> {
    let clients = server.hub.clients().list().into_iter();
    let players = clients.filter(|client| matches!(client.info().role, Role::Viewer { .. }));
    players.map(|client| client.info().key.stream.clone()).collect()
}

#[tokio::test]
async fn an_edge_of_srs_that_asks_for_the_name_in_a_url_gets_the_stream() {
    let mut vhost = plain_vhost();
    vhost.http_remux.enabled = true;
    let server = TestServer::start(vhost).await;
    let mut encoder = Encoder::publish(&server, "cam").await.unwrap();
    encoder.send(0, AVC_CONFIG).await;
    let _edge = player_of(&server, "cam.flv?token=x").await;
    wait_for_viewers(&server, 1).await;
    assert_eq!(played(&server), ["cam"]);

    let mut other = Encoder::publish(&server, "cam.flv").await.unwrap();
    other.send(0, AVC_CONFIG).await;
    let _player = player_of(&server, "cam.flv").await;
    soon(async {
        while server.hub.streams()[1].viewers == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(played(&server), ["cam", "cam.flv"], "a stream that is really called so goes first");
}

#[tokio::test]
async fn only_the_extension_of_a_mount_is_left_out_and_a_stream_to_come_is_waited_for() {
    let mut vhost = plain_vhost();
    vhost.http_remux.enabled = true;
    vhost.http_remux.stream_wait = PATIENCE;
    let server = TestServer::start(vhost).await;
    let _early = player_of(&server, "cam.flv").await;
    let _never = player_of(&server, "cam.ts").await;
    soon(async {
        while played(&server).len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let mut encoder = Encoder::publish(&server, "cam").await.unwrap();
    encoder.send(0, AVC_CONFIG).await;
    wait_for_viewers(&server, 1).await;
    let mut names = played(&server);
    names.sort_unstable();
    assert_eq!(names, ["cam", "cam.ts"]);
}
