//! One row of the table.

use super::frame::{INITIAL_WINDOW_SIZE, get, settings, window_update};
use super::peer::{Peer, Seen};

/// The stream of the request that shows that a connection is as it was.
const LAST_STREAM: u32 = 1_000_001;

type Reached = Box<dyn Fn(&Seen) -> bool + Send + Sync>;

/// What a client does, what it must get, and what becomes of its connection.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    settings: Vec<(u16, u32)>,
    /// Whether it begins as a client should.
    is_raw: bool,
    steps: Vec<Step>,
    end: End,
}

enum Step {
    Send(Vec<u8>),
    /// So many times, as far as the server lets it.
    Flood(Vec<u8>, usize),
    Wait(String, Reached),
    GoDeaf,
}

enum End {
    /// The next request is answered.
    Open,
    /// The server ends the connection, with one of these codes.
    GoneAway(Vec<u32>),
    /// The server ends the connection.
    Closed,
    /// The server stops to listen, to one who does not listen either.
    Cut,
    /// The client goes.
    Left,
}

pub(crate) fn case(name: &'static str) -> Case {
    Case { name, settings: Vec::new(), is_raw: false, steps: Vec::new(), end: End::Open }
}

impl Case {
    pub(crate) fn with(mut self, setting: u16, value: u32) -> Self {
        self.settings.push((setting, value));
        self
    }

    /// Without preface and settings.
    pub(crate) fn raw(mut self) -> Self {
        self.is_raw = true;
        self
    }

    pub(crate) fn send(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.steps.push(Step::Send(bytes.as_ref().to_vec()));
        self
    }

    pub(crate) fn flood(mut self, bytes: impl AsRef<[u8]>, times: usize) -> Self {
        self.steps.push(Step::Flood(bytes.as_ref().to_vec(), times));
        self
    }

    pub(crate) fn deaf(mut self) -> Self {
        self.steps.push(Step::GoDeaf);
        self
    }

    fn wait(mut self, what: String, reached: impl Fn(&Seen) -> bool + Send + Sync + 'static) -> Self {
        self.steps.push(Step::Wait(what, Box::new(reached)));
        self
    }

    /// Waits for a stream's answer.
    pub(crate) fn answer(self, stream: u32, status: u16) -> Self {
        self.wait(format!("{status} on {stream}"), move |seen| seen.answers.get(&stream) == Some(&status))
    }

    /// Waits for answers to so many streams.
    pub(crate) fn answers(self, count: usize) -> Self {
        self.wait(format!("{count} answers"), move |seen| seen.answers.len() >= count)
    }

    /// Waits for so many bytes of a body.
    pub(crate) fn bytes(self, stream: u32, count: usize) -> Self {
        let reached = move |seen: &Seen| seen.bytes.get(&stream).is_some_and(|bytes| *bytes >= count);
        self.wait(format!("{count} bytes on {stream}"), reached)
    }

    /// Waits for the ends of so many streams, of whatever kind.
    pub(crate) fn ends(self, count: usize) -> Self {
        self.wait(format!("{count} ends"), move |seen| seen.ends.len() >= count)
    }

    /// Waits for the server to reset a stream.
    pub(crate) fn reset(self, stream: u32, code: u32) -> Self {
        self.wait(format!("{stream} reset by {code}"), move |seen| {
            seen.ends.get(&stream) == Some(&Some(code))
        })
    }

    /// Waits for the server to reset so many streams.
    pub(crate) fn resets(self, count: usize, code: u32) -> Self {
        let of_code = move |seen: &Seen| seen.ends.values().filter(|end| **end == Some(code)).count();
        self.wait(format!("{count} streams reset by {code}"), move |seen| of_code(seen) >= count)
    }

    pub(crate) fn gone_away(mut self, codes: &[u32]) -> Self {
        self.end = End::GoneAway(codes.to_vec());
        self
    }

    pub(crate) fn closed(mut self) -> Self {
        self.end = End::Closed;
        self
    }

    pub(crate) fn cut(mut self) -> Self {
        self.end = End::Cut;
        self
    }

    pub(crate) fn left(mut self) -> Self {
        self.end = End::Left;
        self
    }

    /// Plays it against the server at `host`.
    pub(crate) async fn play(&self, host: &str) {
        let name = self.name;
        let mut peer =
            if self.is_raw { Peer::connect(host).await } else { Peer::open(host, &self.settings).await };
        for step in &self.steps {
            match step {
                // The server may have hung up on a part of it already.
                Step::Send(bytes) => drop(peer.send(bytes).await),
                Step::Flood(bytes, times) => flood(&mut peer, bytes, *times).await,
                Step::Wait(what, reached) => drop(peer.wait(&format!("{name}: {what}"), reached).await),
                Step::GoDeaf => peer.go_deaf(),
            }
        }
        match &self.end {
            End::Open => {
                let window = settings(&[(INITIAL_WINDOW_SIZE, 65_535)]);
                let asked = [window, get(LAST_STREAM, "/page.txt"), window_update(0, 1_000_000)].concat();
                peer.send(&asked).await;
                let whole = |seen: &Seen| seen.ends.get(&LAST_STREAM) == Some(&None);
                let seen = peer.wait(&format!("{name}: afterwards"), whole).await;
                assert_eq!(seen.bytes[&LAST_STREAM], 10, "{name}");
            }
            End::GoneAway(codes) => {
                let seen = peer.wait(&format!("{name}: the end"), |seen| seen.is_closed).await;
                assert!(seen.goaway.is_some_and(|code| codes.contains(&code)), "{name}: {:?}", seen.goaway);
            }
            End::Closed => drop(peer.wait(&format!("{name}: the end"), |seen| seen.is_closed).await),
            End::Cut => while peer.send(&super::frame::ping().repeat(100)).await {},
            End::Left => {}
        }
    }
}

async fn flood(peer: &mut Peer, bytes: &[u8], times: usize) {
    let at_once = (64 * 1024 / bytes.len()).clamp(1, times);
    for _ in 0..times.div_ceil(at_once) {
        if !peer.send(&bytes.repeat(at_once)).await {
            return;
        }
    }
}
