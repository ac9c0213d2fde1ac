//! How what a viewer gets is cut into TLS records: each costs an encryption of its own, and 22 bytes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use futures_util::StreamExt;
use http::Request;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::secure::SecureSite;
use crate::site::{PATIENCE, inter_frame, keyframe};

const SMALL_TAGS: usize = 200;

/// All that is published, and a little less than its FLV.
const BYTES: usize = 100_000 + SMALL_TAGS * 500;

/// Twice as many as full records would be, where one for each tag would be many more.
const MOST_RECORDS: usize = 2 * BYTES.div_ceil(16 * 1024) + 4;

/// A connection that counts the records of application data that it reads.
struct Counting {
    stream: TcpStream,
    records: Arc<AtomicUsize>,
    header: Vec<u8>,
    /// What is left of the record that is being read.
    left: usize,
}

impl Counting {
    async fn connect(secure: &SecureSite) -> (Self, Arc<AtomicUsize>) {
        let stream = TcpStream::connect(secure.site.address).await.unwrap();
        let records = Arc::new(AtomicUsize::new(0));
        (Self { stream, records: records.clone(), header: Vec::new(), left: 0 }, records)
    }

    fn count(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let taken = self.left.min(bytes.len());
            self.left -= taken;
            bytes = &bytes[taken..];
            while self.left == 0 && self.header.len() < 5 && !bytes.is_empty() {
                self.header.push(bytes[0]);
                bytes = &bytes[1..];
            }
            if let [kind, _, _, high, low] = self.header[..] {
                self.left = usize::from(u16::from_be_bytes([high, low]));
                self.records.fetch_add(usize::from(kind == 23), Ordering::Relaxed);
                self.header.clear();
            }
        }
    }
}

impl AsyncRead for Counting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        self.count(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Counting {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A site with a large keyframe and many small tags behind it, all of which a viewer gets at once.
async fn site_with_a_batch() -> (SecureSite, flvgate::hub::Publisher) {
    let secure = SecureSite::start(|_, _| {}).await;
    let publisher = secure.site.publish("cam").await;
    publisher.push(keyframe(1, 100_000));
    for index in 0..SMALL_TAGS {
        publisher.push(inter_frame(2 + index as u64, 500));
    }
    (secure, publisher)
}

#[tokio::test]
async fn http_1_fills_records() {
    let (secure, _publisher) = site_with_a_batch().await;
    let (counting, records) = Counting::connect(&secure).await;
    let mut stream = secure.connect_over(counting, "http/1.1").await;
    stream.write_all(b"GET /live/cam.flv HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let before = records.load(Ordering::Relaxed);
    timeout(PATIENCE, stream.read_exact(&mut [0; BYTES])).await.expect("all comes").unwrap();
    let count = records.load(Ordering::Relaxed) - before;
    assert!(count <= MOST_RECORDS, "{count}");
}

#[tokio::test]
async fn websocket_fills_records() {
    let (secure, _publisher) = site_with_a_batch().await;
    let (counting, records) = Counting::connect(&secure).await;
    let stream = secure.connect_over(counting, "http/1.1").await;
    let (mut socket, _) = client_async("wss://localhost/live/cam.flv", stream).await.unwrap();
    let before = records.load(Ordering::Relaxed);
    let mut taken = 0;
    while taken < BYTES {
        let message = timeout(PATIENCE, socket.next()).await.expect("all comes");
        if let Message::Binary(data) = message.unwrap().unwrap() {
            taken += data.len();
        }
    }
    let count = records.load(Ordering::Relaxed) - before;
    assert!(count <= MOST_RECORDS, "{count}");
}

#[tokio::test]
async fn http_2_fills_records() {
    let (secure, _publisher) = site_with_a_batch().await;
    let (counting, records) = Counting::connect(&secure).await;
    let stream = secure.connect_over(counting, "h2").await;
    let (requests, connection) = h2::client::Builder::new()
        .initial_window_size(1 << 20)
        .initial_connection_window_size(1 << 20)
        .handshake::<_, bytes::Bytes>(stream)
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = Request::get("https://localhost/live/cam.flv").body(()).unwrap();
    let (response, _) = requests.ready().await.unwrap().send_request(request, true).unwrap();
    let before = records.load(Ordering::Relaxed);
    let mut body = response.await.unwrap().into_body();
    let mut taken = 0;
    while taken < BYTES {
        taken += timeout(PATIENCE, body.data()).await.expect("all comes").unwrap().unwrap().len();
    }
    let count = records.load(Ordering::Relaxed) - before;
    assert!(count <= MOST_RECORDS, "{count}");
}
