//! The cipher as a TLS library uses it: as many sessions as there are viewers, and no sockets.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection};

use crate::client::tls;
use crate::process::thread_cpu;

/// The CPU seconds that rustls takes to encrypt one GB for `sessions` TLS sessions in turn: each write of `writes` for
/// all of them, then the next, as a server does that has a frame for each.
///
/// Against the cipher alone, this has a key and a session for each viewer, which are out of the caches when their turn
/// comes, and the copy into records. What a server's HTTPS costs beyond this is its own affair.
///
/// # Panics
/// When rustls does not agree with itself.
pub(crate) fn seconds_per_gigabyte(writes: &[usize], sessions: usize, duration: Duration) -> f64 {
    let config = config();
    let mut sessions: Vec<_> = (0..sessions).map(|_| shake_hands(&config)).collect();
    let plain = vec![0x5a; writes.iter().copied().max().unwrap_or(0)];
    let mut round = |len: usize| {
        for session in &mut sessions {
            send(session, &plain[..len]);
        }
        len * sessions.len()
    };
    let mut lens = writes.iter().copied().filter(|len| *len > 0).cycle();
    let mut next = || lens.next().expect("there are bytes to encrypt");
    round(next());
    let (started, mut bytes) = (thread_cpu(), 0);
    loop {
        bytes += round(next());
        let used = thread_cpu().saturating_sub(started);
        if used >= duration {
            return used.as_secs_f64() / bytes as f64 * 1e9;
        }
    }
}

fn send(session: &mut ServerConnection, mut plain: &[u8]) {
    // A keyframe may be more than a session holds at once.
    while !plain.is_empty() {
        let taken = session.writer().write(plain).expect("an open session takes bytes");
        plain = &plain[taken..];
        while session.wants_write() {
            session.write_tls(&mut Nowhere).expect("nothing fails where nothing is done");
        }
    }
}

fn config() -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a name is all it takes");
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key.into())
        });
    let mut config = config.expect("the key belongs to the certificate");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// A session with a viewer as the load generator makes them, which offers AES-128-GCM first.
fn shake_hands(config: &Arc<ServerConfig>) -> ServerConnection {
    let mut server = ServerConnection::new(config.clone()).expect("the configuration is whole");
    let mut client = tls::shared().session().expect("the configuration is whole");
    let mut bytes = Vec::new();
    while server.is_handshaking() {
        client.outgoing(&mut bytes);
        server.read_tls(&mut bytes.as_slice()).expect("memory can be read");
        server.process_new_packets().expect("they agree");
        bytes.clear();
        while server.wants_write() {
            server.write_tls(&mut bytes).expect("memory can be written");
        }
        client.receive(&bytes, &mut Vec::new()).expect("they agree");
        bytes.clear();
    }
    server
}

/// Takes all, and does nothing with it.
struct Nowhere;

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_use_the_cipher_that_is_measured_alone() {
        let session = shake_hands(&config());
        let suite = session.negotiated_cipher_suite().map(|suite| suite.suite());
        assert_eq!(suite, Some(rustls::CipherSuite::TLS13_AES_128_GCM_SHA256));
    }

    #[test]
    fn encrypting_costs_a_positive_and_finite_time() {
        let cost = seconds_per_gigabyte(&[10_700, 160_000], 3, Duration::from_millis(5));
        assert!((0.001..1000.0).contains(&cost), "{cost} s/GB");
    }
}
