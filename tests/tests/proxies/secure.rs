//! Viewers with TLS up to the proxy: `curl`, and what is inside the WebSocket that it opens.

use std::process::Stdio;

use bytes::{Buf, Bytes, BytesMut};
use flvgate_tests::proxy::ProxyKind;
use futures_util::{Stream, StreamExt, stream};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use crate::frames::watch_one_by_one;
use crate::{PATH, Setting, Watcher};

const HANDSHAKE: [&str; 8] = [
    "-H",
    "Connection: Upgrade",
    "-H",
    "Upgrade: websocket",
    "-H",
    "Sec-WebSocket-Version: 13",
    "-H",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// The body at `url`, whose answer begins with `status_line`, as it comes.
fn curl(
    url: &str,
    arguments: &[&str],
    status_line: &'static str,
) -> impl Stream<Item = Bytes> + Send + use<> {
    let child = Command::new("curl")
        .args(["--silent", "--insecure", "--no-buffer", "--include"])
        .args(arguments)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("curl must be installed (`npm test` does that)");
    let (head, behind) = (BytesMut::new(), false);
    stream::unfold((child, head, behind), async move |(mut child, mut head, mut behind)| {
        loop {
            let bytes = read(&mut child).await?;
            if behind {
                return Some((bytes, (child, head, behind)));
            }
            head.extend_from_slice(&bytes);
            if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                assert!(
                    head.starts_with(status_line.as_bytes()),
                    "{}",
                    String::from_utf8_lossy(&head[..end])
                );
                head.advance(end + 4);
                behind = true;
                let rest = head.split().freeze();
                return Some((rest, (child, head, behind)));
            }
        }
    })
}

/// What comes next out of the process; `None` at its end.
async fn read(child: &mut Child) -> Option<Bytes> {
    let mut bytes = vec![0; 64 * 1024];
    let length = child.stdout.as_mut()?.read(&mut bytes).await.expect("a pipe can be read");
    bytes.truncate(length);
    (length > 0).then(|| bytes.into())
}

/// The payloads of a server's binary frames (RFC 6455 section 5.2); it neither masks nor fragments them.
fn messages(frames: impl Stream<Item = Bytes> + Send + 'static) -> impl Stream<Item = Bytes> + Send {
    const BINARY: u8 = 0x82;
    const CLOSE: u8 = 0x88;
    stream::unfold((Box::pin(frames), BytesMut::new()), async |(mut frames, mut bytes)| {
        loop {
            let (first, header, length) = match bytes[..] {
                [first, 126, high, low, ..] => (first, 4, usize::from(u16::from_be_bytes([high, low]))),
                [first, 127, 0, 0, 0, 0, a, b, c, d, ..] => {
                    (first, 10, u32::from_be_bytes([a, b, c, d]) as usize)
                }
                [first, length @ 0..126, ..] => (first, 2, usize::from(length)),
                _ => (0, 0, usize::MAX),
            };
            if bytes.len().checked_sub(header).is_none_or(|there| there < length) {
                bytes.extend_from_slice(&frames.next().await?);
                continue;
            }
            bytes.advance(header);
            let payload = bytes.split_to(length).freeze();
            match first {
                BINARY => return Some((payload, (frames, bytes))),
                CLOSE => return None,
                _ => {}
            }
        }
    })
}

async fn each_frame_comes_before_the_next(kind: ProxyKind) {
    let tcp_only = ProxyKind::TCP.contains(&kind);
    let mut setting = Setting::start(kind, |config, _| config.http_server.proxy_protocol = tcp_only).await;
    let url = format!("https://{}{PATH}", setting.proxy.https_host());
    let mut number = 0;
    for transport in ["http/1.1", "websocket", "http/2"] {
        let mut watcher = match transport {
            "http/1.1" => Watcher::of(curl(&url, &["--http1.1"], "HTTP/1.1 200")),
            "websocket" => {
                let arguments = [&["--http1.1"][..], &HANDSHAKE].concat();
                Watcher::of(messages(curl(&url, &arguments, "HTTP/1.1 101")))
            }
            _ if tcp_only => continue,
            _ => Watcher::of(curl(&url, &["--http2"], "HTTP/2 200")),
        };
        watcher.frame_of(number * 40).await;
        number = watch_one_by_one(&mut setting, &mut watcher, number).await;
    }
}

#[tokio::test]
async fn nginx_passes_every_frame_on_at_once_with_tls() {
    each_frame_comes_before_the_next(ProxyKind::Nginx).await;
}

#[tokio::test]
async fn caddy_passes_every_frame_on_at_once_with_tls() {
    each_frame_comes_before_the_next(ProxyKind::Caddy).await;
}

#[tokio::test]
async fn haproxy_passes_every_frame_on_at_once_with_tls() {
    each_frame_comes_before_the_next(ProxyKind::Haproxy).await;
}

#[tokio::test]
async fn nginx_as_a_tcp_proxy_passes_every_frame_on_at_once_with_tls() {
    each_frame_comes_before_the_next(ProxyKind::NginxStream).await;
}

#[tokio::test]
async fn haproxy_as_a_tcp_proxy_passes_every_frame_on_at_once_with_tls() {
    each_frame_comes_before_the_next(ProxyKind::HaproxyTcp).await;
}
