//! An HTTP client that hides nothing: what it sends and gets is bytes.

use std::collections::HashMap;
use std::net::SocketAddr;

use flvgate_media::flv::{Demuxer, Event};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::site::PATIENCE;

/// One connection.
pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
}

/// A status line and headers.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) version: String,
    pub(crate) status: u16,
    headers: HashMap<String, String>,
}

/// A head and a body with an end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) body: String,
}

/// Sends `METHOD TARGET` and more header lines on a connection of its own.
pub(crate) async fn ask(address: SocketAddr, method_and_target: &str, headers: &str) -> Answer {
    let mut client = Client::connect(address).await;
    client.request(method_and_target, headers).await;
    client.answer(method_and_target.starts_with("HEAD")).await
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self { stream: BufReader::new(TcpStream::connect(address).await.unwrap()) }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).await.unwrap();
    }

    /// Sends an HTTP/1.1 request; each line of `headers` ends in CR LF.
    pub(crate) async fn request(&mut self, method_and_target: &str, headers: &str) {
        self.send(format!("{method_and_target} HTTP/1.1\r\nHost: test\r\n{headers}\r\n").as_bytes()).await;
    }

    /// The head of the next response.
    pub(crate) async fn head(&mut self) -> Head {
        let mut lines = Vec::new();
        loop {
            let line = self.line().await;
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let mut status_line = lines[0].splitn(3, ' ');
        let version = status_line.next().unwrap().to_owned();
        let status = status_line.next().unwrap().parse().unwrap();
        let headers = lines[1..].iter().map(|line| line.split_once(": ").unwrap());
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Head { version, status, headers }
    }

    /// The next response, whose length is known or which has no body.
    pub(crate) async fn answer(&mut self, without_body: bool) -> Answer {
        let head = self.head().await;
        let length = head.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; if without_body { 0 } else { length }];
        timeout(PATIENCE, self.stream.read_exact(&mut body)).await.expect("the body comes").unwrap();
        Answer { head, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// The next chunk of a chunked body; empty at its end.
    pub(crate) async fn chunk(&mut self) -> Vec<u8> {
        let length = usize::from_str_radix(&self.line().await, 16).unwrap();
        let mut chunk = vec![0; length];
        timeout(PATIENCE, self.stream.read_exact(&mut chunk)).await.expect("the chunk comes").unwrap();
        assert_eq!(self.line().await, "", "behind a chunk");
        chunk
    }

    /// All chunks up to the last, which says that the body is whole.
    pub(crate) async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let chunk = self.chunk().await;
            if chunk.is_empty() {
                return body;
            }
            body.extend(chunk);
        }
    }

    /// The next `length` bytes.
    pub(crate) async fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        timeout(PATIENCE, self.stream.read_exact(&mut bytes)).await.expect("the bytes come").unwrap();
        bytes
    }

    /// All bytes until the server closes, however it does.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let read = timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.expect("the connection ends");
        drop(read);
        rest
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        timeout(PATIENCE, self.stream.read_line(&mut line)).await.expect("a line comes").unwrap();
        assert!(line.ends_with("\r\n"), "a line, not the end of the connection: {line:?}");
        line.truncate(line.len() - 2);
        line
    }
}

impl Head {
    /// The header's value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether there is any CORS header.
    pub(crate) fn has_cors(&self) -> bool {
        self.headers.keys().any(|name| name.starts_with("access-control-"))
    }
}

/// The types and timestamps of the tags in `bytes`, which are a whole FLV stream up to somewhere.
pub(crate) fn tags(bytes: &[u8]) -> Vec<(u8, u32)> {
    let mut tags = Vec::new();
    let mut demuxer = Demuxer::new();
    demuxer
        .push(bytes, |event| {
            if let Event::Tag(tag) = event {
                tags.push((tag.tag_type.id(), tag.timestamp));
            }
        })
        .unwrap();
    tags
}
