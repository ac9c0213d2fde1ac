//! What the log says of publishers and players that are refused: one line with client, names and reason, and no secret.

use std::io::{Read, Write};
use std::net::TcpStream;

use flvgate::rtmp::chunk::ChunkWriter;
use flvgate::rtmp::command::Command;
use flvgate::rtmp::handshake::ClientHandshake;
use flvgate_media::amf0::Value;

use super::GOOD;
use super::running::{Running, flvgate, folder_with};

/// A message stream, and what is called in it.
type Call = (u32, Command);

/// What a client says; what the log says of it, and the client is told.
struct Refusal {
    name: &'static str,
    bytes: Vec<u8>,
    logged: Vec<&'static str>,
    told: &'static str,
}

fn connect(tc_url: &str, app: &str) -> Call {
    let properties = [("app", app), ("tcUrl", tc_url)].map(|(name, value)| (name.to_owned(), value.into()));
    (0, Command { object: Value::Object(properties.to_vec()), ..Command::new("connect", 1.0, Vec::new()) })
}

fn call(name: &str, stream_id: u32, stream: &str) -> Call {
    (stream_id, Command::new(name, 2.0, vec![stream.into()]))
}

fn spoken(calls: &[Call]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _client = ClientHandshake::start(1, &mut bytes);
    bytes.extend([0; 1536]);
    for (stream_id, command) in calls {
        ChunkWriter::new().write(3, &command.to_message(*stream_id), &mut bytes);
    }
    bytes
}

fn refused(name: &'static str, calls: &[Call], logged: &[&'static str], told: &'static str) -> Refusal {
    Refusal { name, bytes: spoken(calls), logged: logged.to_vec(), told }
}

fn foreign(name: &'static str, bytes: &[u8], logged: &[&'static str]) -> Refusal {
    Refusal { name, bytes: bytes.to_vec(), logged: logged.to_vec(), told: "" }
}

fn refusals_of_names() -> Vec<Refusal> {
    let live = || connect("rtmp://h/live?token=SECRET", "live?token=SECRET");
    let long: &'static str = "x".repeat(1025).leak();
    vec![
        refused(
            "an empty key",
            &[live(), call("publish", 1, "?token=SECRET")],
            &["publish refused", "app=\"live\"", "expected the name of the stream, got nothing"],
            "NetStream.Publish.BadName",
        ),
        refused(
            "an empty app",
            &[connect("rtmp://h/", "")],
            &["connect refused", "expected the name of the app, got nothing"],
            "NetConnection.Connect.Rejected",
        ),
        refused(
            "control characters",
            &[live(), call("publish", 1, "a\u{7}\u{1b}[31mb?token=SECRET")],
            &["publish refused", "stream=\"a\\u{7}\\u{1b}[31mb\"", "has control characters"],
            "NetStream.Publish.BadName",
        ),
        refused(
            "a long name",
            &[live(), call("publish", 1, long)],
            &["publish refused", &long[..128], "has 1025 bytes: at most 1024 allowed"],
            "NetStream.Publish.BadName",
        ),
        refused(
            "an empty name to play",
            &[live(), call("play", 1, "")],
            &["play refused", "app=\"live\"", "expected the name of the stream, got nothing"],
            "NetStream.Play.StreamNotFound",
        ),
        refused(
            "what is not live",
            &[live(), call("play", 1, "absent?token=SECRET")],
            &["play refused", "live/absent"],
            "NetStream.Play.StreamNotFound",
        ),
        refused(
            "a publisher who may not",
            &[connect("rtmp://guarded/live", "live"), call("publish", 1, "cam?token=SECRET")],
            &["publish denied", "guarded/live/cam"],
            "NetStream.Publish.Rejected",
        ),
        refused(
            "a second publish",
            &[live(), call("publish", 1, "first"), call("publish", 2, "second?token=SECRET")],
            &["publish refused", "stream=\"second\"", "this connection publishes \"first\" already"],
            "NetStream.Publish.BadName",
        ),
        refused(
            "a play beside a publish",
            &[live(), call("publish", 1, "first"), call("play", 2, "second?token=SECRET")],
            &["play refused", "stream=\"second\"", "this connection is about \"first\" already"],
            "NetStream.Play.Failed",
        ),
    ]
}

fn refusals_of_bytes() -> Vec<Refusal> {
    let hello = [&b"\x16\x03\x01\x02\x00\x01\x00"[..], &[b'x'; 1600]].concat();
    let proxy = "switch the PROXY protocol off for this port";
    vec![
        foreign("TLS", &hello, &["looks like TLS", "use rtmp://, or put a TLS terminator in front"]),
        foreign(
            "HTTP",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            &["looks like HTTP", "use the port of http_server"],
        ),
        foreign(
            "PROXY",
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
            &["looks like the PROXY protocol", proxy],
        ),
        foreign("PROXY 2", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", &["looks like the PROXY protocol", proxy]),
        foreign("RTSP", b"OPTIONS rtsp://h/cam RTSP/1.0\r\n\r\n", &["looks like RTSP"]),
        foreign("RTMPE", &[6; 1537], &["looks like RTMPE", "RTMPE is not served"]),
        foreign("nothing known", &[99; 40], &["RTMP version: expected 3, got 99"]),
        refused(
            "no connect",
            &[call("publish", 1, "cam")],
            &["client refused", "expected the command connect first, got \"publish\""],
            "NetConnection.Connect.Closed",
        ),
    ]
}

/// Reads until `told` has come, or to the end where nothing is told.
fn wait_until_told(name: &str, socket: &mut TcpStream, told: &str) {
    let (mut answers, mut byte) = (Vec::new(), [0]);
    while told.is_empty() || !answers.ends_with(told.as_bytes()) {
        match socket.read(&mut byte) {
            Ok(1) => answers.push(byte[0]),
            _ if told.is_empty() => break,
            end => panic!("{name}: {end:?} and not {told} behind {}", String::from_utf8_lossy(&answers)),
        }
    }
    assert!(
        !told.is_empty() || answers.is_empty(),
        "{name}: nothing is said to one who would not understand"
    );
}

#[test]
fn whoever_is_refused_over_rtmp_leaves_one_line_with_the_names_and_the_reason() {
    let guarded =
        "vhost guarded {\n    security {\n        enabled on;\n        deny publish all;\n    }\n}\n";
    let folder = folder_with("a.conf", &format!("{GOOD}{guarded}"));
    let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
    let [rtmp, _] = running.addresses();
    for refusal in refusals_of_names().into_iter().chain(refusals_of_bytes()) {
        let Refusal { name, bytes, logged, told } = refusal;
        let mut socket = TcpStream::connect(&rtmp).unwrap();
        socket.write_all(&bytes).unwrap();
        let address = socket.local_addr().unwrap().to_string();
        wait_until_told(name, &mut socket, told);
        // What goes on beside what was refused ends here.
        drop(socket);
        let line = loop {
            let line = running.line();
            assert!(!line.contains("SECRET"), "{name}: {line}");
            assert!(!line.contains(['\u{7}', '\u{1b}']), "{name}: {line:?}");
            if line.contains("refused") || line.contains("denied") {
                break line;
            }
        };
        assert!(line.contains("INFO") && line.contains(&address), "{name}: {line}");
        for part in logged {
            assert!(line.contains(part), "{name}: {part} in {line}");
        }
    }
    running.signal("TERM");
    let (code, rest) = running.end();
    assert_eq!(code, Some(0));
    assert!(!rest.contains("refused") && !rest.contains("denied"), "one line each: {rest}");
}
