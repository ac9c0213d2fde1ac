//! TLS: who gets which certificate, and what a client that does not play along gets.

use std::sync::Arc;
use std::time::Duration;

use flvgate::config::Vhost;
use rustls::pki_types::ServerName;
use rustls::{HandshakeKind, version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::client::{Client, ask};
use crate::secure::{SecureSite, make};
use crate::site::PATIENCE;

const GET: &[u8] = b"GET /api/v1/versions HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[tokio::test]
async fn a_vhost_shows_its_own_certificate_and_others_the_listeners() {
    let secure = SecureSite::start(|settings, directory| {
        for name in ["one.example", "two.example"] {
            let identity = Some(make(directory, name));
            settings.config.vhosts.push(Arc::new(Vhost { name: name.into(), identity, ..Vhost::default() }));
        }
    })
    .await;
    for (asked, shown) in
        [("one.example", "one.example"), ("TWO.example", "two.example"), ("localhost", "localhost")]
    {
        let stream = secure.connect_as(asked, shown, "http/1.1").await.unwrap();
        let certificates = stream.get_ref().1.peer_certificates().unwrap();
        assert_eq!(certificates, [secure.certificate(shown)], "{asked}");
    }
    // A client with an address, or with a name that nobody has, gets the listener's too, and judges for itself.
    for asked in ["127.0.0.1", "unknown.example"] {
        let error = secure.connect_as(asked, "localhost", "http/1.1").await.unwrap_err().to_string();
        assert!(error.contains("not valid for name"), "{asked}: {error}");
    }
}

#[tokio::test]
async fn sessions_are_resumed_in_both_versions() {
    let secure = SecureSite::start(|_, _| {}).await;
    for version in [&version::TLS12, &version::TLS13] {
        let config = Arc::new(secure.client_config("localhost", &[version], "http/1.1"));
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let socket = TcpStream::connect(secure.site.address).await.unwrap();
            let name = ServerName::try_from("localhost").unwrap();
            let mut stream = TlsConnector::from(config.clone()).connect(name, socket).await.unwrap();
            // Tickets come behind the handshake.
            stream.write_all(GET).await.unwrap();
            assert_eq!(&stream.read_u64().await.unwrap().to_be_bytes(), b"HTTP/1.1");
            kinds.push(stream.get_ref().1.handshake_kind().unwrap());
        }
        assert_eq!(kinds, [HandshakeKind::Full, HandshakeKind::Resumed], "{version:?}");
    }
}

#[tokio::test]
async fn plain_http_to_a_tls_port_is_told_so() {
    let secure = SecureSite::start(|_, _| {}).await;
    let answer = ask(secure.site.address, "GET /", "").await;
    assert_eq!(answer.head.status, 400);
    assert!(answer.body.contains("use https://"), "{}", answer.body);
    let mut client = Client::connect(secure.site.address).await;
    client.send(b"nonsense").await;
    assert!(client.rest().await.ends_with(answer.body.as_bytes()), "and then it ends");
}

#[tokio::test]
async fn a_handshake_that_does_not_end_in_time_ends_the_connection() {
    let limit = Duration::from_millis(150);
    let secure =
        SecureSite::start(|settings, _| settings.config.http_server.http.header_timeout = limit).await;
    for beginning in [&b""[..], &[22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]] {
        let mut slow = Client::connect(secure.site.address).await;
        slow.send(beginning).await;
        assert_eq!(slow.rest().await, b"", "{beginning:?}");
    }
}

#[tokio::test]
async fn an_unfinished_handshake_has_a_place_and_one_too_many_gets_an_alert() {
    let secure = SecureSite::start(|settings, _| settings.config.max_connections = 1).await;
    let silent = Client::connect(secure.site.address).await;
    let refused = loop {
        // The silent one has its place as soon as it is accepted.
        match secure.connect_as("localhost", "localhost", "http/1.1").await {
            Ok(stream) => drop(stream),
            Err(error) => break error.to_string(),
        }
    };
    assert!(refused.contains("received fatal alert"), "{refused}");
    drop(silent);
    let served = async {
        while secure.connect_as("localhost", "localhost", "http/1.1").await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, served).await.expect("the place is free again");
}
