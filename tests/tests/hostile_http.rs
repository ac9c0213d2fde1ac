//! HTTP where RTMP is spoken. The rest of what a web server must bear is tested beside the server.

use flvgate_tests::publisher::Publisher;
use flvgate_tests::server::{PATIENCE, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[tokio::test]
async fn http_to_the_rtmp_port_is_closed_without_a_word_and_encoders_are_served_on() {
    let server = TestServer::start(|_| {});
    let url = server.publish_url("cam");
    let address = url.trim_start_matches("rtmp://").split('/').next().expect("an address");
    let requests: [&[u8]; 4] = [
        b"GET /live/cam.flv HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\0\xa5\x01",
        &[0; 4096],
        b"\r\n\r\n",
    ];
    for request in requests {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(request).await.expect("it reads");
        let mut answer = Vec::new();
        let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it closes");
        assert!(answer.is_empty(), "{answer:?}, {read:?}");
    }
    let _publisher = Publisher::connect(&url).await;
    server.wait_until_live("cam").await;
}
