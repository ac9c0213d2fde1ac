//! The `flvgate` command as an operator runs it.
// A test that did not get what it must have cannot go on.
#![allow(clippy::unwrap_used)]

mod log;
mod reload;
mod rtmp_refusals;
mod running;
mod scenarios;
mod stopping;

use std::fs;
use std::net::{TcpListener, TcpStream};

use running::{Running, flvgate, folder_with, stderr, wait_for};

const GOOD: &str = "listen 127.0.0.1:0;\nhttp_server {\n    enabled on;\n    listen 127.0.0.1:0;\n}\n\
                    vhost __defaultVhost__ {\n    http_remux {\n        enabled on;\n    }\n}\n";

#[test]
fn test_of_a_good_file_is_successful() {
    let folder = folder_with("a.conf", GOOD);
    let output = flvgate(folder.path(), &["-t", "-c", "a.conf"]).output().unwrap();
    assert_eq!(stderr(&output), "config file a.conf test is successful\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn test_of_a_bad_file_shows_every_mistake_and_fails() {
    let folder = folder_with("a.conf", "listen x;\nmax_connection 5;\nvhost v {\n}\n");
    for arguments in [&["-t", "-c", "a.conf"][..], &["-c", "a.conf"]] {
        let output = flvgate(folder.path(), arguments).output().unwrap();
        let text = stderr(&output);
        assert!(text.contains("--> a.conf:1:8") && text.contains("--> a.conf:2:1"), "{text}");
        assert!(text.contains("did you mean 'max_connections'?"), "{text}");
        assert!(text.ends_with("config file a.conf has 2 errors; nothing was started\n"), "{text}");
        assert!(!text.contains('\u{1b}'), "colour outside of a terminal");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = flvgate(folder.path(), &["-c", "none.conf"]).output().unwrap();
    assert!(
        stderr(&output).contains("cannot read none.conf: No such file or directory"),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn every_way_to_ask_for_the_version_answers() {
    let folder = tempfile::tempdir().unwrap();
    for argument in ["-v", "-V", "--version"] {
        let output = flvgate(folder.path(), &[argument]).output().unwrap();
        let expected = format!("flvgate {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn without_arguments_and_without_the_default_file_there_is_help() {
    let folder = tempfile::tempdir().unwrap();
    let output = flvgate(folder.path(), &[]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in ["Usage:", "-c", "rtmp://HOST:1935/live/STREAM", "http://HOST:8080/live/STREAM.flv", "ffmpeg"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn without_arguments_the_default_file_is_started() {
    let folder = folder_with("conf/flvgate.conf", GOOD);
    let mut running = Running::start(flvgate(folder.path(), &[]));
    running.addresses();
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn the_environment_alone_is_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = flvgate(folder.path(), &["-e"]);
    command.envs([("SRS_LISTEN", "127.0.0.1:0"), ("SRS_HTTP_SERVER_LISTEN", "127.0.0.1:0")]);
    command.envs([("SRS_HTTP_SERVER_ENABLED", "on"), ("SRS_VHOST_HTTP_REMUX_ENABLED", "on")]);
    let mut running = Running::start(command);
    TcpStream::connect(&running.addresses()[1]).unwrap();
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));

    let mut command = flvgate(folder.path(), &["-t"]);
    let output = command.envs([("SRS_ENV_ONLY", "on"), ("SRS_LISTEN", "x")]).output().unwrap();
    assert!(stderr(&output).contains("environment variable SRS_LISTEN: 'x'"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_file_can_be_named_by_a_variable() {
    let folder = folder_with("b.conf", GOOD);
    let output = flvgate(folder.path(), &["-t"]).env("SRS_CONFIG_FILE", "b.conf").output().unwrap();
    assert_eq!(stderr(&output), "config file b.conf test is successful\n");
}

#[test]
fn a_taken_port_is_named_with_the_line_that_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let text = format!(
        "listen 127.0.0.1:0;\nhttp_server {{\n    enabled on;\n    listen {address};\n}}\nvhost v {{\n}}\n"
    );
    let folder = folder_with("a.conf", &text);
    let output = flvgate(folder.path(), &["-c", "a.conf"]).output().unwrap();
    let text = stderr(&output);
    assert!(text.contains(&format!("cannot listen on {address} for HTTP: Address already in use")), "{text}");
    assert!(text.contains("choose another port: 'http_server { listen }' at a.conf:4."), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_log_goes_to_the_file_and_a_moved_file_is_opened_again() {
    let folder =
        folder_with("a.conf", &format!("srs_log_tank file;\nsrs_log_file logs/flvgate.log;\n{GOOD}"));
    let path = folder.path().join("logs/flvgate.log");
    let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
    wait_for(&path, "HTTP on 127.0.0.1:");
    fs::rename(&path, folder.path().join("logs/old")).unwrap();
    running.signal("USR1");
    wait_for(&path, "opened again");
    running.signal("TERM");
    assert_eq!(running.end(), (Some(0), String::new()));
    assert!(fs::read_to_string(&path).unwrap().contains("stopped"));
}

#[test]
fn warnings_reach_the_log_with_file_and_line() {
    let folder = folder_with("a.conf", &format!("{GOOD}heartbeat {{\n    enabled on;\n}}\n"));
    let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
    let line = running.line();
    assert!(line.contains("WARN"), "{line}");
    assert!(
        line.contains("'heartbeat' is ignored: flvgate reports to no other server (a.conf:11)"),
        "{line}"
    );
}

/// FLV (Adobe, annex E) with an AAC sequence header and two frames, 20 ms apart.
pub(crate) fn flv() -> Vec<u8> {
    let mut bytes = b"FLV\x01\x04\0\0\0\x09\0\0\0\0".to_vec();
    for (timestamp, body) in [(0, [0xaf, 0, 0x12, 0x10]), (0, [0xaf, 1, 0x21, 0]), (20, [0xaf, 1, 0x21, 0])] {
        bytes.extend([8, 0, 0, 4, 0, 0, timestamp, 0, 0, 0, 0]);
        bytes.extend(body);
        bytes.extend([0, 0, 0, 15]);
    }
    bytes
}

#[test]
fn a_file_is_published_to_a_running_server() {
    let folder = folder_with("a.conf", GOOD);
    fs::write(folder.path().join("tone.flv"), flv()).unwrap();
    let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
    let [rtmp, _] = running.addresses();
    let url = format!("rtmp://{rtmp}/live/demo");
    let output = flvgate(folder.path(), &["publish", "tone.flv", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    while !running.line().contains("live/demo") {}
}

#[test]
fn a_file_that_cannot_be_published_is_named() {
    let folder = folder_with("empty.flv", "FLV\x01\x05\0\0\0\x09\0\0\0\0");
    for (file, reason) in [("empty.flv", "has no audio and no video"), ("none.flv", "cannot read")] {
        let arguments = ["publish", file, "rtmp://127.0.0.1:1/live/demo", "--loop", "--start-timestamp", "5"];
        let output = flvgate(folder.path(), &arguments).output().unwrap();
        let text = stderr(&output);
        assert!(text.contains(file) && text.contains(reason), "{text}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn the_exit_code_is_the_same_when_nobody_reads_what_is_said() {
    let folder = folder_with("good.conf", GOOD);
    fs::write(folder.path().join("bad.conf"), "listen x;\n").unwrap();
    let publish = ["publish", "none.flv", "rtmp://127.0.0.1:1/live/demo"];
    let no_folder = ["-c", "no-folder.conf"];
    fs::write(folder.path().join("no-folder.conf"), format!("work_dir /none;\n{GOOD}")).unwrap();
    for (arguments, code) in [
        (&["-t", "-c", "good.conf"][..], 0),
        (&["-t", "-c", "bad.conf"], 1),
        (&["-c", "bad.conf"], 1),
        (&no_folder, 1),
        (&["-v"], 0),
        (&["--help"], 0),
        (&["--nothing"], 2),
        (&[], 0),
        (&publish, 1),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = flvgate(folder.path(), arguments);
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        assert_eq!(command.status().unwrap().code(), Some(code), "{arguments:?}");
    }
}
