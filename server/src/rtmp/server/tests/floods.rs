//! Clients that say more than they hear.

use std::future::Future;

use super::play::{player, wait_for_viewers};
use super::*;
use crate::rtmp::chunk::ChunkWriter;
use crate::rtmp::command::Command;
use crate::rtmp::message::{Control, UserControl};

/// So many bytes the kernel may take on the way, in both directions, and then some.
const MOST_TAKEN: usize = 64 << 20;

fn pings() -> Vec<u8> {
    let mut bytes = Vec::new();
    for time in 0..4000 {
        let ping = Control::User(UserControl::PingRequest(time)).to_message();
        ChunkWriter::new().write(2, &ping, &mut bytes);
    }
    bytes
}

fn calls(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..1000 {
        ChunkWriter::new().write(3, &Command::new(name, 9.0, Vec::new()).to_message(0), &mut bytes);
    }
    bytes
}

/// Sends `bytes` again and again until the server closes; returns how many it took.
async fn flood(socket: &mut TcpStream, bytes: &[u8]) -> usize {
    let mut taken = 0;
    loop {
        match soon(socket.write(&bytes[taken % bytes.len()..])).await {
            Ok(size) => taken += size,
            Err(_) => return taken,
        }
        assert!(taken < MOST_TAKEN, "the server reads what it cannot answer");
    }
}

fn impatient() -> Config {
    // Whoever is ended is ended for what it does not take.
    let vhost = with_publish(|publish| {
        publish.firstpkt_timeout = 30 * PATIENCE;
        publish.normal_timeout = 30 * PATIENCE;
    });
    let mut config = Config { vhosts: vec![Arc::new(vhost)], ..Config::default() };
    config.http_server.http.send_timeout = Duration::from_secs(1);
    config
}

async fn each_flood<F: Future<Output = TcpStream>>(connect: impl Fn() -> F) {
    for bytes in [pings(), calls("createStream"), calls("FCPublish"), calls("_checkbw")] {
        let mut socket = connect().await;
        flood(&mut socket, &bytes).await;
    }
}

#[tokio::test]
async fn a_player_that_floods_and_reads_nothing_is_not_read_and_then_ended() {
    let server = TestServer::start_with(impatient()).await;
    let mut encoder = Encoder::publish(&server, "cam").await.unwrap();
    encoder.send(0, AVC_CONFIG).await;
    each_flood(|| player(&server)).await;
    wait_for_viewers(&server, 0).await;
    encoder.send(40, AVC_KEYFRAME).await;
}

#[tokio::test]
async fn a_publisher_that_floods_and_reads_nothing_is_not_read_and_then_ended() {
    let server = TestServer::start_with(impatient()).await;
    each_flood(async || Encoder::publish(&server, "cam").await.unwrap().socket).await;
    soon(async {
        while !server.hub.clients().list().is_empty() {
            tokio::task::yield_now().await
        }
    })
    .await;
}
