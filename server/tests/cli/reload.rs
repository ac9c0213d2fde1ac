//! Another configuration for a server that runs.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::running::{Running, flvgate, folder_with, free_port};

/// A configuration that delivers at `http`, with `more`.
fn configuration(rtmp: u16, http: &str, more: &str) -> String {
    format!(
        "listen 127.0.0.1:{rtmp};\nhttp_server {{\n enabled on;\n listen {http};\n dir .;\n}}\n\
         vhost __defaultVhost__ {{\n http_remux {{\n enabled on;\n }}\n}}\n{more}\n"
    )
}

struct Site {
    folder: TempDir,
    running: Running,
    rtmp: u16,
    http: u16,
}

impl Site {
    fn start(more: &str) -> Self {
        let (rtmp, http) = (free_port(), free_port());
        let folder = folder_with("a.conf", &configuration(rtmp, &format!("127.0.0.1:{http}"), more));
        let mut running = Running::start(flvgate(folder.path(), &["-c", "a.conf"]));
        running.addresses();
        Self { folder, running, rtmp, http }
    }

    fn write(&self, text: &str) {
        fs::write(self.folder.path().join("a.conf"), text).unwrap();
    }

    /// Sends the signal, and returns what is logged of it, up to the line that has `last`.
    fn reload(&mut self, last: &str) -> String {
        self.running.signal("HUP");
        self.log_to(last)
    }

    fn log_to(&mut self, last: &str) -> String {
        let mut log = String::new();
        while !log.contains(last) {
            log.push_str(&self.running.line());
        }
        log
    }
}

/// Whether somebody answers to HTTP there.
fn answers(address: &str) -> bool {
    let Ok(mut socket) = TcpStream::connect(address) else { return false };
    let request = format!("GET /api/v1/versions HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    socket.write_all(request.as_bytes()).is_ok()
        && socket.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// Waits for `condition`: a listener that a reload takes away is closed a moment after the reload is told.
fn until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::yield_now();
    }
}

#[test]
fn a_hang_up_reloads_and_tells_the_difference() {
    let mut site = Site::start("vhost a.com {\n}");
    let http = format!("127.0.0.1:{}", site.http);
    site.write(&configuration(
        site.rtmp,
        &http,
        "max_connections 50;\nvhost a.com {\n play {\n queue_length 10;\n }\n}\nvhost b.com {\n}",
    ));
    let log = site.reload("+ vhost b.com");
    for line in [
        "reloaded (SIGHUP): 3 different",
        "max_connections 1000 -> 50",
        "vhost a.com: play.queue_length 30 -> 10",
    ] {
        assert!(log.contains(line), "no '{line}' in {log}");
    }
    site.reload("reloaded (SIGHUP): nothing is different");
    assert!(answers(&http));
}

#[test]
fn a_broken_file_changes_nothing_and_every_mistake_is_told() {
    let mut site = Site::start("");
    let http = format!("127.0.0.1:{}", site.http);
    site.write("listen 1 2 x;\nvhost a {\n    play {\n        gop_cache maybe;\n    }\n}\n");
    let log = site.reload("'maybe' is neither 'on' nor 'off' (a.conf:4)");
    assert!(log.contains("'x' is not a port or an address with a port (a.conf:1)"), "{log}");
    assert!(log.contains("not reloaded (SIGHUP)"), "{log}");
    assert!(answers(&http));
    fs::remove_file(site.folder.path().join("a.conf")).unwrap();
    site.reload("not reloaded: cannot read a.conf");
    assert!(answers(&http));
}

#[test]
fn listeners_come_go_and_move() {
    let mut site = Site::start("");
    let (first, second) = (format!("127.0.0.1:{}", site.http), format!("127.0.0.1:{}", free_port()));
    site.write(&configuration(site.rtmp, &format!("{first} {second}"), ""));
    site.reload(&format!("http_server.listen {first} -> {first} {second}"));
    assert!(answers(&first) && answers(&second));
    site.write(&configuration(site.rtmp, &second, ""));
    site.reload(&format!("http_server.listen {first} {second} -> {second}"));
    until(|| answers(&second) && !answers(&first));
    // From one address of the port to all of them.
    let (_, port) = second.split_once(':').unwrap();
    site.write(&configuration(site.rtmp, port, ""));
    site.reload(&format!("http_server.listen {second} -> {port}"));
    until(|| answers(&second));
    site.write(&configuration(site.rtmp, &second, ""));
    site.reload(&format!("http_server.listen {port} -> {second}"));
    until(|| answers(&second));
}

#[test]
fn a_taken_port_refuses_all_of_a_reload() {
    let mut site = Site::start("vhost a.com {\n}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (first, free) = (format!("127.0.0.1:{}", site.http), format!("127.0.0.1:{}", free_port()));
    let taken = taken.local_addr().unwrap();
    let text = configuration(site.rtmp, &format!("{free} {taken}"), "vhost b.com {\n}");
    site.write(&text);
    let log = site.reload("Another program");
    assert!(log.contains(&format!("cannot listen on {taken} for HTTP")), "{log}");
    assert!(answers(&first) && !answers(&free));
    // What is in force is still the first configuration: b.com is still to come.
    site.write(&configuration(site.rtmp, &first, "vhost b.com {\n}"));
    let log = site.reload("+ vhost b.com");
    assert!(log.contains("reloaded (SIGHUP): 2 different") && log.contains("- vhost a.com"), "{log}");
}

#[test]
fn the_log_and_the_pid_file_follow() {
    let mut site = Site::start("");
    let http = format!("127.0.0.1:{}", site.http);
    site.write(&configuration(
        site.rtmp,
        &http,
        "srs_log_tank file;\nsrs_log_file log.txt;\nsrs_log_level info;\npid ./a.pid;",
    ));
    site.running.signal("HUP");
    let log = site.folder.path().join("log.txt");
    super::wait_for(&log, "srs_log_tank console -> file");
    assert!(site.folder.path().join("a.pid").exists());
    site.write(&configuration(site.rtmp, &http, "srs_log_tank file;\nsrs_log_file log.txt;\npid ./b.pid;"));
    site.running.signal("HUP");
    super::wait_for(&log, "pid ./a.pid -> ./b.pid");
    let exists = |name: &str| Path::exists(&site.folder.path().join(name));
    assert!(exists("b.pid") && !exists("a.pid"));
    site.running.signal("TERM");
    assert_eq!(site.running.end().0, Some(0));
}

#[test]
fn a_changed_file_is_reloaded_without_a_signal_when_asked_for() {
    let mut site = Site::start("inotify_auto_reload on;");
    let http = format!("127.0.0.1:{}", site.http);
    site.write(&configuration(site.rtmp, &http, "inotify_auto_reload on;\nvhost c.com {\n}"));
    let log = site.log_to("+ vhost c.com");
    assert!(log.contains("reloaded (the file is another one)"), "{log}");
}

#[test]
fn the_api_reloads_and_says_what_came_of_it() {
    let api = free_port();
    let more = format!(
        "http_api {{\n enabled on;\n listen 127.0.0.1:{api};\n raw_api {{\n enabled on;\n allow_reload on;\n }}\n}}\n"
    );
    let more = format!("server_id the-one;\n{more}");
    let mut site = Site::start(&more);
    let http = format!("127.0.0.1:{}", site.http);
    site.write(&configuration(site.rtmp, &http, &format!("{more}vhost d.com {{\n}}")));
    let mut socket = TcpStream::connect(("127.0.0.1", api)).unwrap();
    let head = format!("Host: 127.0.0.1:{api}\r\nConnection: close\r\n\r\n");
    socket.write_all(format!("GET /api/v1/raw?rpc=reload HTTP/1.1\r\n{head}").as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("+ vhost d.com") && answer.contains("\"server\":\"the-one\""), "{answer}");
    site.log_to("reloaded (API): 1 different");
}
