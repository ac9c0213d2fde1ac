//! Rules by address are about the viewer behind the proxy, and nobody can pretend to be another one.
//!
//! On loopback all of 127.0.0.0/8 can be had: the proxies are at 127.0.0.1, which is trusted; viewers are elsewhere. The
//! stream is for 127.0.0.2 alone.

use flvgate::config::{Action, Config, Security, SecurityRule, Vhost};
use flvgate_tests::process;
use flvgate_tests::proxy::ProxyKind;
use flvgate_tests::server::PATIENCE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

use crate::{PATH, Setting};

/// What a viewer may try, to pass for 127.0.0.2.
const FORGED: &str = "X-Forwarded-For: 127.0.0.2\r\nX-Forwarded-For: 127.0.0.2, 127.0.0.1\r\nX-Real-IP: 127.0.0.2\r\n\
                      Forwarded: for=127.0.0.2\r\nX-Client-IP: 127.0.0.2\r\nTrue-Client-IP: 127.0.0.2\r\n";

fn for_one_viewer(_: &mut Config, vhost: &mut Vhost) {
    let rule = |action, network: Option<&str>| SecurityRule {
        allow: true,
        action,
        network: network.map(|network| network.parse().expect("a network")),
    };
    let rules = vec![rule(Action::Publish, None), rule(Action::Play, Some("127.0.0.2/32"))];
    vhost.security = Security { enabled: true, rules };
}

/// The status that a viewer at 127.0.0.`from` gets from `host`; 0 when the connection is closed instead.
async fn status(from: u8, host: &str, before: &str, headers: &str) -> u16 {
    let socket = TcpSocket::new_v4().expect("the system has sockets");
    socket.bind(([127, 0, 0, from], 0).into()).expect("loopback has many addresses");
    let mut stream = socket.connect(host.parse().expect("an address")).await.expect("it listens");
    let request = format!("{before}GET {PATH} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut start = [0; 12];
    match timeout(PATIENCE, stream.read_exact(&mut start)).await.expect("it answers or closes") {
        Ok(_) => std::str::from_utf8(&start[9..]).expect("a status line").parse().expect("a status"),
        Err(_) => 0,
    }
}

#[tokio::test]
async fn a_proxy_tells_who_the_viewer_is_and_the_viewer_cannot() {
    for kind in ProxyKind::HTTP {
        let setting = Setting::start(kind, for_one_viewer).await;
        let host = setting.proxy.http_host();
        assert_eq!(status(2, &host, "", "").await, 200, "{kind:?}");
        assert_eq!(status(3, &host, "", "").await, 403, "{kind:?}");
        assert_eq!(status(2, &host, "", "X-Forwarded-For: 127.0.0.3\r\n").await, 200, "{kind:?}");
        assert_eq!(status(3, &host, "", FORGED).await, 403, "{kind:?}");
    }
}

#[tokio::test]
async fn only_a_trusted_peer_is_believed() {
    let setting = Setting::start(ProxyKind::Nginx, for_one_viewer).await;
    let host = setting.direct();
    for header in
        ["X-Forwarded-For: 127.0.0.2", "Forwarded: for=\"127.0.0.2:4\";proto=http", "X-Real-IP: 127.0.0.2"]
    {
        let header = format!("{header}\r\n");
        assert_eq!(status(1, &host, "", &header).await, 200, "{header}");
        assert_eq!(status(3, &host, "", &header).await, 403, "{header}");
    }
    assert_eq!(status(1, &host, "", "").await, 403);
}

#[tokio::test]
async fn the_proxy_protocol_tells_who_the_viewer_is_and_the_viewer_cannot() {
    for kind in ProxyKind::TCP {
        let setting = Setting::start(kind, |config, vhost| {
            config.http_server.proxy_protocol = true;
            for_one_viewer(config, vhost);
        })
        .await;
        let host = setting.proxy.http_host();
        assert_eq!(status(2, &host, "", "").await, 200, "{kind:?}");
        assert_eq!(status(3, &host, "", "").await, 403, "{kind:?}");
        assert_eq!(status(3, &host, "", FORGED).await, 403, "{kind:?}");

        let pretended = "PROXY TCP4 127.0.0.2 127.0.0.1 1 2\r\n";
        let direct = setting.direct();
        // The proxy's own address may say so; another's connection is closed, with or without that line.
        assert_eq!(status(1, &direct, pretended, "").await, 200);
        assert_eq!(status(1, &direct, "", "").await, 0);
        assert_eq!(status(2, &direct, "", "").await, 0);
        assert_eq!(status(3, &direct, pretended, "").await, 0);
    }
}

/// The status that curl, at 127.0.0.1, gets with TLS from `host`; 0 when there is none.
async fn status_with_tls(host: &str, arguments: &[&str]) -> u16 {
    let url = format!("https://{host}/api/v1/versions");
    let mut all = vec!["--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{http_code}"];
    all.extend(arguments);
    all.push(&url);
    let output = process::run("curl", &all).await;
    String::from_utf8_lossy(&output.stdout).parse().expect("curl prints the status")
}

#[tokio::test]
async fn the_proxy_protocol_goes_before_tls() {
    let setting = Setting::start(ProxyKind::HaproxyTcp, |config, _| {
        config.http_server.proxy_protocol = true;
    })
    .await;
    let host = setting.server.https_addresses()[0].to_string();
    assert_eq!(status_with_tls(&host, &["--haproxy-protocol"]).await, 200);
    assert_eq!(status_with_tls(&host, &[]).await, 0);
    assert_eq!(status_with_tls(&host, &["--haproxy-protocol", "--interface", "127.0.0.2"]).await, 0);
}

#[tokio::test]
async fn a_proxy_protocol_line_is_no_request_where_it_is_off() {
    let setting = Setting::start(ProxyKind::Nginx, for_one_viewer).await;
    let pretended = "PROXY TCP4 127.0.0.2 127.0.0.1 1 2\r\n";
    assert_eq!(status(1, &setting.direct(), pretended, "").await, 400);
}
