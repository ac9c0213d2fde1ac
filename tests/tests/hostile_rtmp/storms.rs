//! Many connections at once, again and again.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::case::connect;
use super::speech::{connected, handshake, name, playing, publishing};
use super::stage::Stage;

const CONNECTIONS: usize = 200;

/// Runs every storm; returns how many there were.
pub(super) async fn run(stage: &Stage) -> usize {
    let (publisher, player) = (publishing(&name()), playing("watched"));
    let storms: [(&str, &[u8]); 8] = [
        ("a storm of connections without a byte", &[]),
        ("a storm of halves of handshakes", &handshake()[..1000]),
        ("a storm of handshakes", &handshake()),
        ("a storm of connects", &connected()),
        ("a storm of publishers of one name", &publisher),
        ("a storm of players", &player),
        ("a storm of halves of publishers", &publisher[..publisher.len() - 100]),
        ("a storm of other protocols", b"GET / HTTP/1.1\r\n\r\n"),
    ];
    for (name, bytes) in storms {
        for ends_by_reset in [false, true] {
            storm(&stage.rtmp, bytes, ends_by_reset).await;
            stage.check(name).await;
        }
    }
    2 * storms.len()
}

async fn storm(rtmp: &str, bytes: &[u8], ends_by_reset: bool) {
    let mut sockets: Vec<TcpStream> = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut socket = connect(rtmp).await;
        // It may have been refused meanwhile.
        let _ = socket.write_all(bytes).await;
        if ends_by_reset {
            socket.set_zero_linger().expect("a socket has options");
        }
        sockets.push(socket);
        // Some stay while others come.
        if sockets.len() > 50 {
            sockets.remove(0);
        }
    }
}
