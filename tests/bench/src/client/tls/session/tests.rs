use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection};

use super::*;

fn server(protocols: &[&[u8]]) -> ServerConnection {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()).into();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    ServerConnection::new(Arc::new(config)).unwrap()
}

/// Carries bytes both ways, in slices of `slice`, until neither side has anything to send.
fn exchange(session: &mut Session, server: &mut ServerConnection, slice: usize) -> Result<Vec<u8>, Error> {
    let mut plain = Vec::new();
    loop {
        let mut to_server = Vec::new();
        session.outgoing(&mut to_server);
        let mut rest = &to_server[..];
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets().unwrap();
        }
        let mut to_client = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut to_client).unwrap();
        }
        if to_server.is_empty() && to_client.is_empty() {
            return Ok(plain);
        }
        for part in to_client.chunks(slice) {
            session.receive(part, &mut plain)?;
        }
    }
}

#[test]
fn a_request_arrives_and_a_body_comes_back_in_any_slicing() {
    let body: Vec<u8> = (0..100_000_u32).map(|index| index as u8).collect();
    for slice in [1, 7, 5000, usize::MAX] {
        let mut server = server(&[b"h2", b"http/1.1"]);
        let mut session = Tls::new("http/1.1").session().unwrap();
        session.send(b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(exchange(&mut session, &mut server, slice).unwrap(), b"");
        let mut request = [0; 18];
        server.reader().read_exact(&mut request).unwrap();
        assert_eq!(&request, b"GET / HTTP/1.1\r\n\r\n");
        // What is not yet encrypted has a limit.
        server.set_buffer_limit(None);
        server.writer().write_all(&body).unwrap();
        assert!(exchange(&mut session, &mut server, slice).unwrap() == body, "in slices of {slice}");
        assert!(session.speaks(b"http/1.1") && !session.speaks(b"h2"));
    }
}

#[test]
fn a_server_that_lets_the_client_choose_takes_the_cipher_that_browsers_put_first() {
    let mut server = server(&[b"h2"]);
    let mut session = Tls::new("h2").session().unwrap();
    exchange(&mut session, &mut server, usize::MAX).unwrap();
    let suite = session.connection.negotiated_cipher_suite().unwrap().suite();
    assert_eq!(suite, rustls::CipherSuite::TLS13_AES_128_GCM_SHA256);
    assert!(session.speaks(b"h2"));
}

#[test]
fn bytes_that_are_no_tls_are_an_error() {
    let mut session = Tls::new("http/1.1").session().unwrap();
    let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    assert!(session.receive(answer, &mut Vec::new()).is_err());
}

#[test]
fn a_server_that_knows_no_protocols_is_taken_to_speak_http_1() {
    let mut server = server(&[]);
    let mut session = Tls::new("h2").session().unwrap();
    exchange(&mut session, &mut server, usize::MAX).unwrap();
    assert!(session.speaks(b"http/1.1") && !session.speaks(b"h2"));
}
