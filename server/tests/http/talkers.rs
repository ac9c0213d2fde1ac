//! Viewers who send without pause: they end, and meanwhile nobody waits for them.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::client::Client;
use crate::site::{PATIENCE, Site};
use crate::websocket::raw;

const TALKERS: usize = 40;

/// The close frame for one who has sent too much.
const CLOSE: &[u8] = b"\x88\x10\x03\xf0too much input";

/// A binary message of `size` bytes, as clients send it.
fn message(size: u16) -> Vec<u8> {
    [&[0x82, 0xfe][..], &size.to_be_bytes(), &[0; 4], &vec![b'x'; size.into()]].concat()
}

/// A WebSocket whose client sends `what` as fast as it can; what it has got in the end.
async fn talk(site: &Site, what: Vec<u8>) -> JoinHandle<Vec<u8>> {
    let (mut reader, mut writer) = raw(site).await.stream.into_inner().into_split();
    let talking = tokio::spawn(async move { while writer.write_all(&what).await.is_ok() {} });
    tokio::spawn(async move {
        let mut got = Vec::new();
        // Who still sends when it is closed is reset, behind the end of what it is sent.
        let _ = reader.read_to_end(&mut got).await;
        drop(reader);
        talking.await.unwrap();
        got
    })
}

#[tokio::test]
async fn viewers_who_send_without_pause_are_closed_with_1008_and_keep_no_newcomer_waiting() {
    let site = Site::start(|_| {}).await;
    let _publisher = site.publish("cam").await;
    let ping = [0x89, 0x80, 0, 0, 0, 0];
    let mut talkers = Vec::new();
    for number in 0..TALKERS {
        let what = if number % 2 == 0 { message(1000).repeat(100) } else { ping.repeat(1000) };
        talkers.push(talk(&site, what).await);
    }
    for _ in 0..10 {
        let mut newcomer = Client::connect(site.address).await;
        newcomer.request("GET /live/cam.flv", "").await;
        assert_eq!(newcomer.head().await.status, 200);
        assert!(newcomer.chunk().await.starts_with(b"FLV"));
    }
    for talker in talkers {
        let got = timeout(PATIENCE, talker).await.expect("it is ended").unwrap();
        assert!(got.ends_with(CLOSE), "{:?}", &got[got.len().saturating_sub(40)..]);
    }
    site.wait_for_viewers("cam", 0).await;
}
