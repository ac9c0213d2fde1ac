//! Each file in `conf/` does what it is for.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use super::flv;
use super::running::{Running, flvgate, free_port, stderr};

/// The ports in `conf/`.
const PORTS: [&str; 10] = ["1935", "19350", "19351", "19352", "8080", "8081", "8082", "8088", "1985", "1990"];

/// Those of them where TLS is spoken.
const SECURE_PORTS: [&str; 2] = ["8088", "1990"];

/// A directory with all of `conf/`, on ports that nobody has, and with what the files name: a key, a certificate, a page.
struct Scenarios {
    folder: TempDir,
    ports: [(&'static str, u16); PORTS.len()],
}

impl Scenarios {
    fn new() -> Self {
        let ports = PORTS.map(|port| (port, free_port()));
        let scenarios = Self { folder: tempfile::tempdir().unwrap(), ports };
        let path = |name: &str| scenarios.folder.path().join(name);
        fs::create_dir_all(path("conf")).unwrap();
        fs::create_dir_all(path("web/dist")).unwrap();
        fs::write(path("web/dist/index.html"), "the page").unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(path("conf/server.key"), made.signing_key.serialize_pem()).unwrap();
        fs::write(path("conf/server.crt"), made.cert.pem()).unwrap();
        for (name, text) in files() {
            fs::write(path("conf").join(name), scenarios.with_ports(&text)).unwrap();
        }
        fs::write(path("tone.flv"), flv()).unwrap();
        scenarios
    }

    /// The ports of a file replaced by those of this test.
    fn with_ports(&self, text: &str) -> String {
        let mut words = String::new();
        for word in text.split_inclusive([' ', ';', ':', '/', '\n']) {
            let bare = word.trim_end_matches([' ', ';', ':', '/', '\n']);
            match self.ports.iter().find(|(port, _)| *port == bare) {
                Some((_, port)) => words.push_str(&format!("{port}{}", &word[bare.len()..])),
                None => words.push_str(word),
            }
        }
        words
    }

    fn port(&self, name: &str) -> u16 {
        self.ports.iter().find(|(port, _)| *port == name).unwrap().1
    }

    /// TLS with a server that has the certificate that the files name.
    fn secure(&self, socket: TcpStream) -> Option<StreamOwned<ClientConnection, TcpStream>> {
        let mut roots = RootCertStore::empty();
        let path = self.folder.path().join("conf/server.crt");
        let certificate = CertificateDer::from_pem_file(path).expect("the certificate that was written");
        roots.add(certificate).expect("it is one");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("ring has them").with_root_certificates(roots).with_no_client_auth();
        let name = "localhost".try_into().expect("a name");
        Some(StreamOwned::new(ClientConnection::new(Arc::new(config), name).ok()?, socket))
    }

    fn start(&self, name: &str) -> Running {
        let mut running = Running::start(flvgate(self.folder.path(), &["-c", &format!("conf/{name}")]));
        while !running.line().contains("RTMP on ") {}
        running
    }

    /// Publishes sound for ever.
    fn publish(&self, port: &str) -> Publishing {
        let url = format!("rtmp://127.0.0.1:{}/live/demo", self.port(port));
        let mut command = flvgate(self.folder.path(), &["publish", "tone.flv", &url, "--loop"]);
        Publishing(command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }

    /// The status and the first bytes of the body of what is at `path`; asks again until the status is `wanted`.
    fn get(&self, port: &str, path: &str, wanted: u16) -> Vec<u8> {
        let start = Instant::now();
        loop {
            let socket = TcpStream::connect(("127.0.0.1", self.port(port))).ok();
            let found = socket.and_then(|socket| {
                socket.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
                if SECURE_PORTS.contains(&port) { get(self.secure(socket)?, path) } else { get(socket, path) }
            });
            match found {
                Some((status, body)) if status == wanted => return body,
                other => assert!(start.elapsed() < Duration::from_secs(60), "{path}: {other:?}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Whether a body begins as its format does.
type IsRight = fn(&[u8]) -> bool;

struct Publishing(Child);

impl Drop for Publishing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn files() -> impl Iterator<Item = (String, String)> {
    let conf = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("conf");
    fs::read_dir(conf).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
    })
}

/// The status, and up to 8 bytes of the body behind its framing.
fn get(mut socket: impl Read + Write, path: &str) -> Option<(u16, Vec<u8>)> {
    // Of HTTP/1.0, so that the body has no chunks.
    socket.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).ok()?;
    let mut reader = BufReader::new(socket);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    while line.trim() != "" {
        line.clear();
        reader.read_line(&mut line).ok()?;
    }
    let mut body = Vec::new();
    reader.take(8).read_to_end(&mut body).ok()?;
    Some((status, body))
}

#[test]
fn every_file_passes_the_test_and_starts() {
    let scenarios = Scenarios::new();
    for (name, _) in files() {
        let path = format!("conf/{name}");
        let output = flvgate(scenarios.folder.path(), &["-t", "-c", &path]).output().unwrap();
        assert_eq!(stderr(&output), format!("config file {path} test is successful\n"));
        assert_eq!(output.status.code(), Some(0));
        let mut running = scenarios.start(&name);
        running.signal("TERM");
        assert_eq!(running.end().0, Some(0), "{name}");
    }
}

#[test]
fn every_format_is_where_its_file_says() {
    let scenarios = Scenarios::new();
    let flv: IsRight = |body| body.starts_with(b"FLV");
    let ts: IsRight = |body| body[0] == 0x47;
    let aac: IsRight = |body| body[0] == 0xff && body[1] & 0xf0 == 0xf0;
    let cases: [(&str, &str, &str, IsRight); 10] = [
        ("http.flv.live.conf", "8080", "/live/demo.flv", flv),
        ("https.flv.live.conf", "8080", "/live/demo.flv", flv),
        ("https.flv.live.conf", "8088", "/live/demo.flv", flv),
        ("realtime.flv.conf", "8080", "/live/demo.flv", flv),
        ("http.ts.live.conf", "8080", "/live/demo.ts", ts),
        ("http.aac.live.conf", "8080", "/live/demo.aac", aac),
        ("http.formats.live.conf", "8080", "/live/demo.ts", ts),
        ("http.formats.live.conf", "8080", "/live/demo.aac", aac),
        ("http.formats.forward.conf", "8080", "/live/demo.flv", flv),
        ("http.formats.forward.conf", "8080", "/ts/live/demo.ts", ts),
    ];
    for (name, port, path, is_right) in cases {
        let _running = scenarios.start(name);
        let _publishing = scenarios.publish("1935");
        let body = scenarios.get(port, path, 200);
        assert!(is_right(&body), "{name} {path}: {body:?}");
    }
}

#[test]
fn sound_of_another_codec_is_refused() {
    let scenarios = Scenarios::new();
    let _running = scenarios.start("http.mp3.live.conf");
    let _publishing = scenarios.publish("1935");
    scenarios.get("8080", "/live/demo.mp3", 415);
}

#[test]
fn a_master_forwards_to_its_slave() {
    let scenarios = Scenarios::new();
    let _slave = scenarios.start("forward.slave.conf");
    let _master = scenarios.start("forward.master.conf");
    let _publishing = scenarios.publish("1935");
    assert!(scenarios.get("8080", "/live/demo.flv", 200).starts_with(b"FLV"));
}

#[test]
fn edges_pull_from_their_origins() {
    let scenarios = Scenarios::new();
    for (origin, edges) in [
        ("origin.conf", &[("19350", "edge.conf", "8080")][..]),
        (
            "http.flv.live.conf",
            &[("1935", "http.flv.live.edge1.conf", "8081"), ("1935", "http.flv.live.edge2.conf", "8082")],
        ),
    ] {
        let _origin = scenarios.start(origin);
        let _publishing = scenarios.publish(edges[0].0);
        for (_, edge, port) in edges {
            let _edge = scenarios.start(edge);
            assert!(scenarios.get(port, "/live/demo.flv", 200).starts_with(b"FLV"), "{edge}");
        }
    }
}

#[test]
fn the_api_is_where_its_file_says() {
    let scenarios = Scenarios::new();
    for (name, port, path, status) in [
        ("http.api.dedicated.conf", "1985", "/api/v1/versions", 200),
        ("http.api.one.port.conf", "8080", "/api/v1/versions", 200),
        ("http.api.auth.conf", "1985", "/api/v1/versions", 401),
        ("http.api.raw.conf", "1985", "/api/v1/raw?rpc=reload", 200),
        ("https.api.conf", "1985", "/api/v1/versions", 200),
        ("https.api.conf", "1990", "/api/v1/versions", 200),
    ] {
        let _running = scenarios.start(name);
        scenarios.get(port, path, status);
    }
}

#[test]
fn files_are_served_and_publishers_kept_out() {
    let scenarios = Scenarios::new();
    {
        let _running = scenarios.start("http.server.conf");
        assert_eq!(scenarios.get("8080", "/index.html", 200), b"the page");
    }
    let _running = scenarios.start("security.deny.publish.conf");
    let url = format!("rtmp://127.0.0.1:{}/live/demo", scenarios.port("1935"));
    let output = flvgate(scenarios.folder.path(), &["publish", "tone.flv", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
}
