//! Servers that are forwarded to or pulled from, and flood and take nothing.

use std::time::Duration;

use flvgate_tests::publisher::Publisher;
use flvgate_tests::viewer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::soon;
use super::speech::{call, handshake, ping};
use super::stage::Stage;

/// Bytes that may be taken of a server that takes no answers: the kernel's buffers, and then some.
const MOST_TAKEN: usize = 96 << 20;

/// Serves the handshake, then floods until the connection ends; returns what was taken.
async fn flood(mut socket: TcpStream, bytes: Vec<u8>) -> usize {
    let mut shaken = vec![0; 1 + 1536];
    socket.read_exact(&mut shaken).await.expect("C0 and C1");
    socket.write_all(&handshake()).await.expect("flvgate reads");
    let mut taken = 0;
    while let Ok(size) = socket.write(&bytes[taken % bytes.len()..]).await {
        taken += size;
        assert!(taken < MOST_TAKEN, "what cannot be answered is read");
    }
    taken
}

/// A listener whose first client is flooded.
async fn hostile(bytes: Vec<u8>) -> (u16, tokio::task::JoinHandle<usize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has free ports");
    let port = listener.local_addr().expect("a listener has an address").port();
    let flooding = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("flvgate connects");
        flood(socket, bytes).await
    });
    (port, flooding)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destination_and_an_origin_that_flood_and_take_nothing_are_not_read_and_then_left() {
    // Neither agrees to anything; what they say is answered, or is at least an answer itself.
    let pings = ping(7).repeat(4000);
    let (destination, forwarded) = hostile(pings.clone()).await;
    let (origin, pulled) = hostile([pings, call("_result", 99.0, 0, Vec::new())].concat()).await;
    let root = format!(
        "vhost forwarding {{ forward {{ enabled on; destination 127.0.0.1:{destination}; }} }}
         vhost edge {{ http_remux {{ enabled on; }} cluster {{ mode remote; origin 127.0.0.1:{origin}; }} }}"
    );
    let stage = Stage::set(&root).await;
    let before = stage.program.resident_kib();
    let url = format!("{}?vhost=forwarding", stage.program.publish_url("cam"));
    let _publisher = Publisher::connect(&url).await;
    let url = format!("http://{}/live/cam.flv?vhost=edge", stage.program.http_host());
    let asking = tokio::spawn(async move {
        // For as long as the origin is asked.
        loop {
            viewer::get(&url).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    for flooding in [forwarded, pulled] {
        soon("leaving a hostile server", flooding).await.expect("it does not take too much");
        stage.check("a hostile server").await;
    }
    asking.abort();
    let most = stage.most_resident_kib();
    assert!(most < before + 32 * 1024, "{before} KiB, then {most} KiB");
    stage.finish();
}
