//! What an edge costs its origins, whatever its viewers ask for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use flvgate_media::flv::TagType;
use flvgate_media::format::Format;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::config::{Cluster, ClusterMode};
use crate::hub::{Asker, ViewError, Viewer};
use crate::rtmp::session::{Event, PlayRefusal, Session};

const PATIENCE: Duration = Duration::from_secs(30);

/// What an origin does about a stream that is asked for with a query.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Play,
    Refuse,
    /// It agrees, and sends nothing.
    Agree,
    /// It does not even shake hands.
    Nothing,
}

/// An origin that counts who asks.
struct Origin {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Origin {
    async fn start(answer: impl Fn(&str) -> Answer + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (port, connections) = (listener.local_addr().unwrap().port(), Arc::<AtomicUsize>::default());
        let count = connections.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(socket, answer.clone()));
            }
        });
        Self { port, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Serves one connection until it ends.
async fn serve(mut socket: TcpStream, answer: impl Fn(&str) -> Answer) {
    let mut session = Session::new(Arc::new(config(0, 1)), 1);
    let mut input = vec![0; 4096];
    loop {
        let size = socket.read(&mut input).await.unwrap_or(0);
        if size == 0 {
            return;
        }
        if answer("") == Answer::Nothing {
            continue;
        }
        let _ = session.handle_input(&input[..size]);
        while let Some(event) = session.next_event() {
            let Event::Play(request) = event else { continue };
            match answer(&request.address.query) {
                Answer::Refuse => session.refuse_play(PlayRefusal::StreamNotFound, "no"),
                Answer::Play => {
                    session.accept_play();
                    session.send_tag(TagType::Audio, 0, Bytes::from_static(b"\x2f\xff\xfb\x90\x64"));
                }
                Answer::Agree | Answer::Nothing => session.accept_play(),
            }
        }
        if socket.write_all(&session.take_output()).await.is_err() {
            return;
        }
    }
}

fn config(port: u16, max_pulls: usize) -> Config {
    let origins = vec![format!("127.0.0.1:{port}")];
    let cluster = Cluster { mode: ClusterMode::Remote, origins, max_pulls, ..Cluster::default() };
    let vhost = Vhost { name: "v".into(), cluster, ..Vhost::default() };
    Config { vhosts: vec![Arc::new(vhost)], ..Config::default() }
}

/// An edge of `origin`, until the trigger is dropped.
fn edge_of(origin: &Origin, max_pulls: usize) -> (Arc<Hub>, ShutdownTrigger) {
    let hub = Hub::new();
    let (trigger, shutdown) = shutdown::channel();
    tokio::spawn(run(Settings::fixed(Arc::new(config(origin.port, max_pulls))), hub.clone(), shutdown));
    (hub, trigger)
}

fn key(stream: &str) -> StreamKey {
    StreamKey { vhost: "v".into(), app: "live".into(), stream: stream.into() }
}

type Joined = Result<Viewer, ViewError>;

fn request(hub: &Arc<Hub>, stream: &str, query: &str) -> JoinHandle<Joined> {
    let (hub, key) = (hub.clone(), key(stream));
    let asker = Asker { query: query.into(), ..Asker::default() };
    tokio::spawn(async move { hub.request(&key, Format::Flv, Duration::ZERO, asker).await })
}

async fn joined(request: JoinHandle<Joined>) -> Joined {
    timeout(PATIENCE, request).await.expect("there is an answer").unwrap()
}

fn is_absent(joined: &Joined, expected: Absence) -> bool {
    matches!(joined, Err(ViewError::Absent(_, absence)) if *absence == expected)
}

#[tokio::test]
async fn names_that_anybody_invents_do_not_cost_the_origin_a_connection_each() {
    let origin = Origin::start(|_| Answer::Nothing).await;
    let (hub, _edge) = edge_of(&origin, 1000);
    let requests: Vec<_> = (0..500).map(|number| request(&hub, &number.to_string(), "")).collect();
    let mut busy = 0;
    let mut waiting = requests;
    while busy < 500 - MOST_ASKING {
        let (done, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(JoinHandle::is_finished);
        waiting = rest;
        for request in done {
            let joined = joined(request).await;
            assert!(joined.as_ref().is_err_and(ViewError::is_busy), "{joined:?}");
            busy += 1;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(origin.connections() <= MOST_ASKING, "{} connections", origin.connections());
    waiting.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn who_wants_one_stream_more_than_an_edge_may_pull_is_told_so() {
    let origin = Origin::start(|_| Answer::Play).await;
    let (hub, _edge) = edge_of(&origin, 2);
    let _viewers =
        (joined(request(&hub, "a", "")).await.unwrap(), joined(request(&hub, "b", "")).await.unwrap());
    assert!(is_absent(&joined(request(&hub, "c", "")).await, Absence::Busy));
    assert!(joined(request(&hub, "a", "")).await.is_ok(), "it is here");
    assert_eq!(origin.connections(), 2);
}

#[tokio::test]
async fn a_wrong_token_does_not_refuse_the_right_one() {
    let origin =
        Origin::start(|query| if query.contains("t=right") { Answer::Play } else { Answer::Refuse }).await;
    let (hub, _edge) = edge_of(&origin, 10);
    let wrong: Vec<_> = (0..20).map(|number| request(&hub, "cam", &format!("t={number}"))).collect();
    let right = request(&hub, "cam", "t=right");
    let viewer = joined(right).await.expect("the token is right");
    // The stream is here now, for whoever still waits: only its first viewer is judged.
    for wrong in wrong {
        let joined = joined(wrong).await;
        assert!(joined.is_ok() || is_absent(&joined, Absence::NotFound));
    }
    assert!(origin.connections() <= 22, "{} connections", origin.connections());
    drop(viewer);
}

#[tokio::test]
async fn the_right_token_is_tried_while_an_origin_says_nothing_to_a_wrong_one() {
    let origin =
        Origin::start(|query| if query.contains("t=right") { Answer::Play } else { Answer::Agree }).await;
    let (hub, _edge) = edge_of(&origin, 10);
    let mut wrong = vec![request(&hub, "cam", "t=0")];
    while origin.connections() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    wrong.extend((1..50).map(|number| request(&hub, "cam", &format!("t={number}"))));
    assert!(joined(request(&hub, "cam", "t=right")).await.is_ok(), "it waits for ten seconds");
}

#[tokio::test]
async fn what_no_origin_has_is_not_asked_for_by_everybody() {
    let origin = Origin::start(|_| Answer::Refuse).await;
    let (hub, _edge) = edge_of(&origin, 10);
    for _ in 0..200 {
        assert!(is_absent(&joined(request(&hub, "nothing", "")).await, Absence::NotFound));
    }
    // A second each is the longest that an answer is believed.
    assert!(origin.connections() < 100, "{} connections", origin.connections());
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_panics_is_not_running_for_ever() {
    let hub = Hub::new();
    let (_trigger, shutdown) = shutdown::channel();
    let calls = Arc::<AtomicUsize>::default();
    let count = calls.clone();
    let run = move |_pull: Pull, _stop: Shutdown| {
        let count = count.clone();
        async move {
            assert!(count.fetch_add(1, Ordering::Relaxed) > 0, "a bug");
            std::future::pending().await
        }
    };
    tokio::spawn(run_with(Settings::fixed(Arc::new(config(1, 1))), hub.clone(), shutdown, run));
    let first = joined(request(&hub, "cam", "")).await;
    assert!(is_absent(&first, Absence::NotFound));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let again = request(&hub, "cam", "");
    while calls.load(Ordering::Relaxed) < 2 {
        assert!(!again.is_finished(), "the stream is not pulled again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
