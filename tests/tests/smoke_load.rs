//! Many viewers, some of them stalled: the others miss nothing, and memory has a bound.

use std::net::SocketAddr;

use flvgate_media::flv::TagType;
use flvgate_tests::binary::Program;
use flvgate_tests::capture::{Capture, CapturedTag};
use flvgate_tests::ffmpeg::{self, Clip};
use flvgate_tests::server;
use flvgate_tests::viewer::Viewer;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

const VIEWERS: usize = 290;
const STALLED: usize = 10;

/// What 300 viewers and one stream may cost at most, in MiB: two queues of 8 MiB, and 256 KiB a viewer.
const MEMORY_BOUND: u64 = 2 * 8 + 300 / 4;

const VHOST: &str = "http_remux { enabled on; }
    play { queue_length 2; queue_max_bytes 8388608; gop_cache_max_bytes 8388608; }
    publish { grace_timeout 500; }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stalled_viewers_cost_the_others_nothing() {
    let directory = tempfile::tempdir().expect("there is room for a clip");
    let clip = Clip { seconds: 14, ..Clip::default() }.make(directory.path()).await;
    let program = Program::start(directory.path(), "send_timeout 3000;", VHOST).await;
    let host = program.http_host();
    let idle = program.resident_kib();
    let _publisher = ffmpeg::publish(&clip, &program.publish_url("crowd"));
    server::wait_until_live(&host, "crowd").await;

    let mut stalled = Vec::new();
    for _ in 0..STALLED {
        stalled.push(join_and_never_read(&host).await);
    }
    let url = format!("http://{host}/live/crowd.flv");
    let watching: Vec<_> = (0..VIEWERS).map(|_| tokio::spawn(watch_to_the_end(url.clone()))).collect();
    server::wait_for(&host, "crowd", "300 viewers", |status| {
        status["flvgate"]["viewers"].as_u64() == Some((VIEWERS + STALLED) as u64)
    })
    .await;
    server::wait_for(&host, "crowd", "the end of the stalled viewers", |status| {
        status["flvgate"]["viewers"].as_u64() == Some(VIEWERS as u64)
    })
    .await;
    let grown = (program.resident_kib().saturating_sub(idle)) / 1024;
    assert!(grown <= MEMORY_BOUND, "{grown} MiB for 300 viewers, of at most {MEMORY_BOUND}");
    let departures = server::streams(&host).await["flvgate"]["departures"].clone();
    assert_eq!(departures["stalled"], STALLED, "every viewer that was let go is counted: {departures}");

    let mut sequences = Vec::new();
    for watcher in watching {
        sequences.push(watcher.await.expect("a viewer does not panic"));
    }
    let longest = sequences.iter().max_by_key(|frames| frames.len()).expect("there are viewers");
    for frames in &sequences {
        assert!(!frames.is_empty() && longest.ends_with(frames), "{} of {}", frames.len(), longest.len());
    }
    drop(stalled);
}

/// Stays until the stream ends; returns the video frames that came.
async fn watch_to_the_end(url: String) -> Vec<CapturedTag> {
    let bytes = Viewer::join(&url).await.collect(|_| false).await;
    Capture::of(&bytes).frames(TagType::Video).cloned().collect()
}

/// Asks for the stream, with the smallest receive buffer there is, and reads nothing.
async fn join_and_never_read(host: &str) -> TcpStream {
    let address: SocketAddr = host.parse().expect("the host is an address");
    let socket = TcpSocket::new_v4().expect("the system has sockets");
    socket.set_recv_buffer_size(4096).expect("a socket's buffer can be small");
    let mut stream = socket.connect(address).await.expect("the server listens");
    let request = format!("GET /live/crowd.flv HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request is small");
    stream
}
