//! Viewers: an HTTP client and a WebSocket client that hand over bytes as they come.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A receive buffer, in bytes, that is much less than a stalled viewer is behind; the system's own may grow to 32 MiB.
const NARROW: u32 = 512 * 1024;

/// An answer with its whole body.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A viewer over HTTP or WebSocket.
#[derive(Debug)]
pub enum Viewer {
    /// HTTP-FLV: the body to come.
    Http(Incoming),
    /// WebSocket-FLV.
    WebSocket(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>),
}

/// Requests `url`, and takes the body whole.
///
/// # Panics
/// When there is no answer.
pub async fn get(url: &str) -> Answer {
    let (status, headers, body) = request(url).await;
    let body = body.collect().await.expect("the body comes whole").to_bytes();
    Answer { status, headers, body }
}

impl Viewer {
    /// Joins at `url`, over the transport that its scheme names.
    ///
    /// # Panics
    /// When the server does not answer with 200 or 101.
    pub async fn join(url: &str) -> Self {
        if url.starts_with("ws:") {
            let (socket, _) = tokio_tungstenite::connect_async(url).await.expect("a WebSocket is accepted");
            return Self::WebSocket(Box::new(socket));
        }
        let (status, _, body) = request(url).await;
        if status != StatusCode::OK {
            let body = body.collect().await.expect("the body comes whole").to_bytes();
            panic!("{url}: {status}, {}", String::from_utf8_lossy(&body));
        }
        Self::Http(body)
    }

    /// The same with so small a receive buffer that what the viewer does not read stays at the server.
    ///
    /// # Panics
    /// When the server does not answer with 200 or 101.
    pub async fn join_narrow(url: &str) -> Self {
        let authority = url.split('/').nth(2).expect("a test's URL has a host");
        let socket = TcpSocket::new_v4().expect("the system has sockets");
        socket.set_recv_buffer_size(NARROW).expect("a socket's buffer can be small");
        let address = authority.parse().expect("the host is an address");
        let stream = socket.connect(address).await.expect("the server listens");
        if url.starts_with("ws:") {
            let stream = MaybeTlsStream::Plain(stream);
            let (socket, _) =
                tokio_tungstenite::client_async(url, stream).await.expect("a WebSocket is accepted");
            return Self::WebSocket(Box::new(socket));
        }
        let (status, _, body) = request_over(stream, url).await;
        assert_eq!(status, StatusCode::OK, "{url}");
        Self::Http(body)
    }

    /// Joins at `url`, a stream over HTTP, as soon as it is there.
    ///
    /// # Panics
    /// When the server answers with anything else.
    pub async fn join_when_there(url: &str) -> Self {
        loop {
            match request(url).await {
                (StatusCode::OK, _, body) => return Self::Http(body),
                (status, ..) => assert_eq!(status, StatusCode::NOT_FOUND, "{url}"),
            }
        }
    }

    /// The next bytes of the FLV stream, in whatever slicing they come; `None` at its end.
    ///
    /// # Panics
    /// When the connection breaks.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            match self {
                Self::Http(body) => match body.frame().await? {
                    Ok(frame) => {
                        if let Ok(data) = frame.into_data() {
                            return Some(data);
                        }
                    }
                    Err(error) => panic!("the body broke: {error}"),
                },
                Self::WebSocket(socket) => match socket.next().await?.expect("the WebSocket holds") {
                    Message::Binary(data) => return Some(data),
                    Message::Close(_) => return None,
                    _ => {}
                },
            }
        }
    }

    /// Reads on until the server ends the connection, properly or not.
    pub async fn read_to_any_end(&mut self) {
        match self {
            Self::Http(body) => while let Some(Ok(_)) = body.frame().await {},
            Self::WebSocket(socket) => while let Some(Ok(_)) = socket.next().await {},
        }
    }

    /// Collects bytes until `enough` says so, or the stream ends.
    pub async fn collect(&mut self, mut enough: impl FnMut(&[u8]) -> bool) -> Bytes {
        let mut collected = BytesMut::new();
        while !enough(&collected) {
            let Some(data) = self.next().await else { break };
            collected.extend_from_slice(&data);
        }
        collected.freeze()
    }
}

async fn request(url: &str) -> (StatusCode, HeaderMap, Incoming) {
    let uri: hyper::Uri = url.parse().expect("a test's URL is one");
    let host = uri.authority().expect("a test's URL has a host").to_string();
    request_over(TcpStream::connect(&host).await.expect("the server listens"), url).await
}

async fn request_over(socket: TcpStream, url: &str) -> (StatusCode, HeaderMap, Incoming) {
    let uri: hyper::Uri = url.parse().expect("a test's URL is one");
    let host = uri.authority().expect("a test's URL has a host").to_string();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket))
        .await
        .expect("the server speaks HTTP/1.1");
    tokio::spawn(connection);
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let request = Request::get(target)
        .header("host", host)
        .body(Empty::<Bytes>::new())
        .expect("a test's request is one");
    let (head, body) = sender.send_request(request).await.expect("the server answers").into_parts();
    (head.status, head.headers, body)
}
