//! Keys and tokens, in every place that has them: none comes back in an answer of the API or in the log.

use std::path::{Path, PathBuf};
use std::time::Duration;

use flvgate_tests::binary::{Program, free_port};
use flvgate_tests::ffmpeg::Clip;
use flvgate_tests::process;
use flvgate_tests::server::PATIENCE;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::time::{sleep, timeout};

const SECRET: &str = "s3cr3tOfNobody";

/// `admin:s3cr3tOfNobody`, as HTTP's Basic scheme has it.
const AUTHORIZATION: &str = "Basic YWRtaW46czNjcjN0T2ZOb2JvZHk=";

/// A server with secrets in its configuration, and a log of everything.
struct Site {
    program: Program,
    directory: PathBuf,
    api: String,
}

impl Site {
    async fn start(directory: &Path) -> Self {
        let program = Program::start(directory, "", "http_remux { enabled on; }").await;
        let site =
            Self { program, directory: directory.to_owned(), api: format!("127.0.0.1:{}", free_port()) };
        let rtmp = site.program.publish_url("").replace("/live/", "");
        let text = std::fs::read_to_string(site.config()).expect("the server has a file");
        let root = format!(
            "srs_log_tank file;\nsrs_log_level verbose;\nsrs_log_file {};\n\
             http_api {{ enabled on; listen {}; raw_api {{ enabled on; allow_reload on; }}\n\
             auth {{ enabled on; username admin; password {SECRET}; }} }}\n\
             vhost copy.example {{ }}\n",
            site.log_path().display(),
            site.api
        );
        let forward = format!(
            "forward {{ enabled on; destination {rtmp}/copy/[stream]?vhost=copy.example&key={SECRET} \
             rtmp://127.0.0.1:{}/dead/[stream]?key={SECRET}; }}\nhttp_remux",
            free_port()
        );
        let text = text.replace("srs_log_tank console;", &root).replacen("http_remux", &forward, 1);
        std::fs::write(site.config(), text).expect("there is room for a configuration");
        site.program.hang_up();
        site.wait_for_log("reloaded (SIGHUP)").await;
        site
    }

    fn config(&self) -> PathBuf {
        self.directory.join("flvgate.conf")
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join("log")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    async fn wait_for_log(&self, text: &str) {
        let waiting = async {
            while !self.log().contains(text) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let found = timeout(PATIENCE, waiting).await;
        assert!(found.is_ok(), "{text} is in the log:\n{}", self.log());
    }

    /// What the API answers.
    async fn json(&self, target: &str) -> Value {
        let answer = ask(&self.api, target, &authorization()).await;
        let body = answer.split_once("\r\n\r\n").expect("an answer has a body").1;
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{target}: {error}: {answer}"))
    }

    async fn wait_for_clients(&self, count: usize) {
        let waiting = async {
            while self.json("/api/v1/clients").await["clients"].as_array().expect("it is a list").len()
                < count
            {
                sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(timeout(PATIENCE, waiting).await.is_ok(), "{count} clients:\n{}", self.log());
    }

    /// ffmpeg as publisher or player, with secrets wherever it can say them.
    fn ffmpeg(&self, input: &[&str], output: &[&str], stream: &str) -> Child {
        let url = self.program.publish_url(&format!("{stream}?key={SECRET}"));
        let host = url.trim_start_matches("rtmp://").split('/').next().expect("a URL has a host");
        let tc_url = format!("rtmp://user:{SECRET}@{host}/live?key={SECRET}");
        let page = format!("https://user:{SECRET}@page.example/watch?session={SECRET}#{SECRET}");
        let app = format!("live?key={SECRET}");
        let told = [
            "-rtmp_tcurl",
            &tc_url,
            "-rtmp_pageurl",
            &page,
            "-rtmp_swfurl",
            &page,
            "-rtmp_app",
            &app,
            "-rtmp_flashver",
            SECRET,
        ];
        let playpath = format!("{stream}?key={SECRET}");
        let mut arguments = vec!["-v", "error"];
        arguments.extend(input);
        if input.is_empty() {
            arguments.extend(told);
            arguments.extend(["-rtmp_playpath", &playpath, "-i", &url]);
            arguments.extend(output);
        } else {
            arguments.extend(output);
            arguments.extend(told);
            arguments.extend(["-rtmp_playpath", &playpath, &url]);
        }
        process::start("ffmpeg", &arguments)
    }
}

fn authorization() -> String {
    format!("Authorization: {AUTHORIZATION}\r\n")
}

/// Sends a request, and reads what comes until the end or a while after its head.
async fn ask(host: &str, target: &str, headers: &str) -> String {
    let mut socket = TcpStream::connect(host).await.expect("the server listens");
    let request = format!("GET {target} HTTP/1.0\r\nHost: {host}\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = Vec::new();
    timeout(PATIENCE, socket.read_to_end(&mut answer)).await.expect("the answer ends").expect("it is whole");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Opens a stream, and stays.
async fn watch(host: &str, target: &str, headers: &str) -> TcpStream {
    let mut socket = TcpStream::connect(host).await.expect("the server listens");
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await.expect("the server reads");
    let mut head = [0; 12];
    socket.read_exact(&mut head).await.expect("the server answers");
    socket
}

#[tokio::test]
async fn no_key_comes_back_in_an_answer_of_the_api_or_in_the_log() {
    let directory = tempfile::tempdir().expect("there is room");
    let clip = Clip { seconds: 4, ..Clip::default() }.make(directory.path()).await.display().to_string();
    let site = Site::start(directory.path()).await;
    let (host, input) = (site.program.http_host(), ["-re", "-stream_loop", "-1", "-i", &clip]);
    let publish = || site.ffmpeg(&input, &["-c", "copy", "-f", "flv"], "cam");
    let _publisher = publish();
    site.wait_for_clients(1).await;

    let _second = publish();
    let _player = site.ffmpeg(&[], &["-f", "null", "-"], "cam");
    let _missing = site.ffmpeg(&[], &["-f", "null", "-"], "missing");
    let secrets = format!(
        "Referer: https://user:{SECRET}@page.example/?session={SECRET}\r\nAuthorization: Bearer {SECRET}\r\n\
         Cookie: session={SECRET}\r\n"
    );
    let _viewer = watch(&host, &format!("/live/cam.flv?token={SECRET}"), &secrets).await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let _socket =
        watch(&host, &format!("/live/cam.flv?token={SECRET}"), &format!("{secrets}{upgrade}")).await;
    for target in ["/live/missing.flv", "/nothing.html", "/live/%zz"] {
        ask(&host, &format!("{target}?token={SECRET}"), &secrets).await;
    }
    ask(&site.api, "/api/v1/streams", &format!("Authorization: Basic {SECRET}\r\n")).await;
    for what in ["publish refused", "play refused", "forward started", "forward failed"] {
        site.wait_for_log(what).await;
    }
    // The publisher, the player, two viewers, and what comes to the copy.
    site.wait_for_clients(5).await;

    let broken = std::fs::read_to_string(site.config()).expect("it is there");
    let broken =
        broken.replace("destination ", &format!("destination rtmp://user:{SECRET}@h/x?key={SECRET} "));
    std::fs::write(site.config(), broken).expect("there is room for a configuration");

    for (host, target) in targets(&site, &host).await {
        let answer = ask(&host, &target, &authorization()).await;
        assert!(
            answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"),
            "{target}: {answer}"
        );
        assert!(!answer.contains(SECRET), "{host}{target}: {answer}");
    }
    site.wait_for_log("not reloaded").await;
    let log = site.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains(SECRET)).collect();
    assert!(lines.is_empty(), "{lines:#?}");
}

/// Everything that can be asked, on both ports.
async fn targets(site: &Site, host: &str) -> Vec<(String, String)> {
    let index = site.json("/api/v1/").await;
    let names = index["urls"].as_object().expect("the index is an object").keys();
    let mut targets: Vec<_> = names.map(|name| format!("/api/v1/{name}")).collect();
    assert!(targets.len() > 10, "{targets:?}");
    // The one that needs a question.
    targets.retain(|target| target != "/api/v1/raw");
    targets.extend(["raw", "reload", "reload-fetch"].map(|rpc| format!("/api/v1/raw?rpc={rpc}")));
    for list in ["streams", "clients", "vhosts"] {
        let all = site.json(&format!("/api/v1/{list}")).await;
        let entries = all[list].as_array().expect("it is a list");
        assert!(!entries.is_empty(), "{list}");
        targets.extend(
            entries
                .iter()
                .map(|entry| format!("/api/v1/{list}/{}", entry["id"].as_str().expect("an id is text"))),
        );
    }
    let beside = ["/api/v1/streams", "/api/v1/versions"].map(|target| (host.to_owned(), target.to_owned()));
    targets.into_iter().map(|target| (site.api.clone(), target)).chain(beside).collect()
}
