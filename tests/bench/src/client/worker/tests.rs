//! With real sockets, since what is tested is when the kernel tells what.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread::yield_now;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::*;
use crate::client::{Load, Protocol};

/// More than one, since a viewer may also be read between the last bytes and the end.
const VIEWERS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(10);

/// Counting viewers, who have got a first byte, and their server's ends.
fn viewers() -> (Load, Vec<TcpStream>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let join = Join {
        server: listener.local_addr().unwrap(),
        protocol: Protocol::Http,
        paths: vec!["/live/a.flv".into()],
        sampled: false,
        asleep: false,
        group: 0,
    };
    let load = Load::start(Arc::default()).unwrap();
    load.join(vec![join; VIEWERS], Duration::ZERO);
    let answer = |_| {
        let mut socket = listener.accept().unwrap().0;
        assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n\r\nFLV").unwrap();
        socket
    };
    let sockets = (0..VIEWERS).map(answer).collect();
    wait_for(&load, |viewer| viewer.first_byte.is_some());
    (load, sockets)
}

/// Returns what all viewers have seen as soon as `is_so` for each of them.
fn wait_for(load: &Load, is_so: impl Fn(&Progress) -> bool) -> Snapshot {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let snapshot = load.snapshot();
        if snapshot.viewers.len() == VIEWERS && snapshot.viewers.iter().all(&is_so) {
            return snapshot;
        }
        assert!(Instant::now() < deadline, "not so: {:?}", snapshot.viewers);
        yield_now();
    }
}

#[test]
fn an_end_that_comes_with_the_last_bytes_loses_the_viewer() {
    let (load, mut sockets) = viewers();
    for socket in &mut sockets {
        // Held back until the end goes with them, in one segment.
        SockRef::from(&*socket).set_tcp_cork(true).unwrap();
        socket.write_all(b"0\r\n\r\n").unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
    }
    let after = wait_for(&load, |viewer| viewer.lost);
    assert_eq!(after.complaint.as_deref(), Some("the server has closed the connection"));
}

#[test]
fn a_silence_that_goes_on_counts_for_as_long_as_it_is() {
    let (load, sockets) = viewers();
    let silence = Duration::from_millis(100);
    // Nothing comes any more that would tell for how long nothing has come.
    wait_for(&load, |viewer| viewer.longest_silence >= silence);
    drop(sockets);
}
