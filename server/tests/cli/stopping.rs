//! The ways to stop.

use std::fs;
use std::io::Write;
use std::net::TcpStream;

use super::GOOD;
use super::running::{Running, flvgate, folder_with};

#[test]
fn each_stop_signal_ends_it_cleanly_with_a_client_connected() {
    let folder = folder_with("a.conf", &format!("pid run/flvgate.pid;\n{GOOD}"));
    for signal in ["TERM", "INT"] {
        let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
        let [rtmp, _] = running.addresses();
        let pid = fs::read_to_string(folder.path().join("run/flvgate.pid")).unwrap();
        assert_eq!(pid.trim(), running.child.id().to_string());
        let _client = TcpStream::connect(rtmp).unwrap();
        running.signal(signal);
        let (code, log) = running.end();
        assert_eq!(code, Some(0), "{signal}: {log}");
        assert!(log.contains("stopped\n"), "{signal}: {log}");
        assert!(!folder.path().join("run/flvgate.pid").exists(), "{signal}");
    }
}

/// A server that has been asked to stop gracefully, and a client of its who is still there.
fn draining(signal: &str, more: &str) -> (Running, TcpStream, tempfile::TempDir) {
    let folder = folder_with("a.conf", &format!("grace_start_wait 0; grace_final_wait 0; {more}\n{GOOD}"));
    let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
    let [rtmp, _] = running.addresses();
    let mut client = TcpStream::connect(&rtmp).unwrap();
    // Half a handshake: whoever is accepted gets the rest of the time to send it.
    client.write_all(&[3]).unwrap();
    running.signal(signal);
    while !running.line().contains("stopping when the last connection has gone") {}
    while TcpStream::connect(&rtmp).is_ok() {
        std::thread::yield_now();
    }
    assert_eq!(running.child.try_wait().unwrap(), None);
    (running, client, folder)
}

#[test]
fn quit_waits_for_the_last_connection() {
    for (signal, more) in [("QUIT", ""), ("TERM", "force_grace_quit on;")] {
        let (mut running, client, _folder) = draining(signal, more);
        drop(client);
        let (code, log) = running.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("the last connection has gone"), "{log}");
    }
}

#[test]
fn a_second_signal_ends_the_wait() {
    let (mut running, _client, _folder) = draining("QUIT", "");
    running.signal("TERM");
    let (code, log) = running.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("not waiting for the last connection"), "{log}");
}

#[test]
fn a_process_for_a_process_ends_with_it() {
    let folder =
        folder_with("a.conf", &format!("srs_log_tank file; srs_log_file ./log;\nasprocess on;\n{GOOD}"));
    let mut shell = std::process::Command::new("sh");
    let program = env!("CARGO_BIN_EXE_flvgate");
    let script =
        format!("{program} -c a.conf & echo $! > child; while ! grep -q 'HTTP on' log; do sleep 0.1; done");
    assert!(shell.args(["-c", &script]).current_dir(folder.path()).status().unwrap().success());
    super::wait_for(&folder.path().join("log"), "stopped");
}

#[test]
fn relative_paths_begin_at_the_work_dir() {
    let folder = folder_with("a.conf", &format!("work_dir inner; pid here.pid; include part.conf;\n{GOOD}"));
    fs::create_dir(folder.path().join("inner")).unwrap();
    fs::write(folder.path().join("part.conf"), "max_connections 10;").unwrap();
    let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
    running.addresses();
    assert!(folder.path().join("inner/here.pid").exists());
    // The file itself, and what it includes, begin where the server was started, also for the second time.
    running.signal("HUP");
    while !running.line().contains("reloaded (SIGHUP): nothing is different") {}
}

#[test]
fn a_configuration_that_cannot_be_read_for_ever_keeps_nobody_from_stopping() {
    let folder = folder_with("a.conf", GOOD);
    let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
    let [_, http] = running.addresses();
    // To open it waits for somebody who writes, as a disk that does not answer would.
    let file = folder.path().join("a.conf");
    fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    running.signal("HUP");
    // It serves meanwhile.
    TcpStream::connect(http).unwrap();
    running.signal("TERM");
    let (code, log) = running.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopped\n"), "{log}");
}
