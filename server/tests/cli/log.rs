//! What clients send, and how often, as the log shows it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use super::running::{Running, flvgate, folder_with, stderr};
use super::{GOOD, flv};

/// Commands to a terminal, a line of its own, and a change of direction.
const HOSTILE: &str = "cam\u{1b}[2J\u{9b}31m\nINFO forged\u{202e}\u{2066}\u{85}\u{7}";

/// Nobody may do anything.
fn refusing() -> String {
    GOOD.replace(
        "vhost __defaultVhost__ {",
        "vhost __defaultVhost__ {\n    security {\n        enabled on;\n    }",
    )
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Asks for a stream, and returns when the answer is there.
fn ask(http: &str, stream: &str) {
    let mut socket = TcpStream::connect(http).unwrap();
    let request = format!("GET /live/{stream}.flv HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

fn line_with(running: &mut Running, text: &str) -> String {
    loop {
        let line = running.line();
        if line.contains(text) {
            return line;
        }
    }
}

fn assert_harmless(text: &str) {
    let is_harmless =
        |char: char| !char.is_control() && !matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(text.lines().all(|line| line.chars().all(is_harmless)), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("INFO")), "a line that nobody logged: {text:?}");
}

#[test]
fn names_that_clients_choose_are_no_lines_and_no_commands_to_a_terminal() {
    let folder = folder_with("a.conf", &refusing());
    fs::write(folder.path().join("tone.flv"), flv()).unwrap();
    let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
    let [rtmp, http] = running.addresses();

    for name in [HOSTILE, "cam\u{202e}gpj"] {
        ask(&http, &percent_encoded(name));
        let line = line_with(&mut running, "play denied");
        let as_sent = format!("/live/{}.flv", percent_encoded(name));
        assert!(line.contains(r"cam\u{202e}gpj") || line.contains(&as_sent), "{line}");
        assert_harmless(&line);
    }

    // Control characters are in no name over RTMP; what turns the text is. The publisher has a terminal, too.
    let url = format!("rtmp://{rtmp}/live/cam\u{202e}gpj");
    let output = flvgate(folder.path(), &["publish", "tone.flv", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_harmless(&stderr(&output));
    let line = line_with(&mut running, "publish denied");
    assert!(line.contains(r"cam\u{202e}gpj"), "{line}");
    assert_harmless(&line);
}

#[test]
fn a_flood_of_refusals_is_some_lines_and_a_count_of_the_rest() {
    const REFUSALS: usize = 300;
    let folder = folder_with("a.conf", &refusing());
    let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
    let [_, http] = running.addresses();
    let start = Instant::now();
    for _ in 0..REFUSALS {
        ask(&http, "cam");
    }
    let seconds = start.elapsed().as_secs() as usize + 1;
    running.signal("TERM");
    let log = running.end().1;
    let shown = log
        .lines()
        .filter(|line| line.contains("play denied rule") || line.contains("play denied stream"))
        .count();
    let counted: usize = log
        .lines()
        .filter_map(|line| {
            line.split_once("flvgate::log: ")?.1.split_once(" more like \"play denied\" were left out")
        })
        .map(|(count, _)| count.parse::<usize>().unwrap())
        .sum();
    assert_eq!(shown + counted, REFUSALS, "{log}");
    assert!(shown <= 20 * (seconds + 1), "{shown} lines in {seconds} s");
}
