//! The header taken off real sockets.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::*;
use crate::shutdown;

fn config() -> HttpServer {
    let mut config = HttpServer {
        proxy_protocol: true,
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..HttpServer::default()
    };
    config.http.header_timeout = Duration::from_secs(20);
    config
}

/// Both ends of a connection, and the far one's address.
async fn pair() -> (TcpStream, TcpStream, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let far = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (near, peer) = listener.accept().await.unwrap();
    (near, far, peer)
}

#[tokio::test]
async fn the_header_is_taken_off_and_nothing_more() {
    for header in [&b"PROXY TCP4 192.0.2.1 192.0.2.2 7 80\r\n"[..], b"PROXY UNKNOWN\r\n"] {
        let (mut near, mut far, peer) = pair().await;
        far.write_all(&[header, b"GET /"].concat()).await.unwrap();
        let address = accept(&mut near, peer, &config()).await.unwrap();
        let expected = if header.ends_with(b"80\r\n") { ([192, 0, 2, 1], 7).into() } else { peer };
        assert_eq!(address, expected);
        let mut rest = [0; 5];
        near.read_exact(&mut rest).await.unwrap();
        assert_eq!(&rest, b"GET /");
    }
}

#[tokio::test]
async fn without_proxy_protocol_no_byte_is_taken() {
    let (mut near, mut far, peer) = pair().await;
    far.write_all(b"PROXY TCP4 192.0.2.1 192.0.2.2 7 80\r\n").await.unwrap();
    let config = HttpServer { proxy_protocol: false, ..config() };
    assert_eq!(accept(&mut near, peer, &config).await.unwrap(), peer);
    assert_eq!(near.read_u8().await.unwrap(), b'P');
}

#[tokio::test]
async fn an_untrusted_peer_is_refused_whatever_it_says() {
    let (mut near, mut far, peer) = pair().await;
    far.write_all(b"PROXY TCP4 192.0.2.1 192.0.2.2 7 80\r\n").await.unwrap();
    let config = HttpServer { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..config() };
    let refused = accept(&mut near, peer, &config).await.unwrap_err();
    assert!(matches!(refused, ProxyProtocolError::Untrusted), "{refused}");
}

#[tokio::test]
async fn a_trusted_peer_without_a_header_is_refused() {
    let (mut near, mut far, peer) = pair().await;
    far.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let refused = accept(&mut near, peer, &config()).await.unwrap_err();
    assert!(matches!(refused, ProxyProtocolError::Header(HeaderError::Absent)), "{refused}");
}

#[tokio::test]
async fn a_header_that_breaks_off_or_does_not_come_is_refused() {
    let (mut near, mut far, peer) = pair().await;
    far.write_all(b"PROXY TCP4 192.").await.unwrap();
    let mut config = config();
    config.http.header_timeout = Duration::from_millis(50);
    let refused = accept(&mut near, peer, &config).await.unwrap_err();
    assert!(matches!(refused, ProxyProtocolError::Timeout), "{refused}");

    let (mut near, mut far, peer) = pair().await;
    far.write_all(b"PROXY TCP4 192.").await.unwrap();
    drop(far);
    let refused = accept(&mut near, peer, &self::config()).await.unwrap_err();
    assert!(matches!(refused, ProxyProtocolError::Io(_)), "{refused}");
}

#[tokio::test]
async fn a_server_that_stops_waits_for_no_header() {
    let (mut near, _far, peer) = pair().await;
    let (trigger, shutdown) = shutdown::channel();
    trigger.shutdown();
    assert_eq!(identify(&mut near, peer, &config(), &shutdown).await, None);
}
