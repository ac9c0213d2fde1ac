use super::digest::{self, CLIENT_NAME, DIGEST_LEN, SERVER_NAME, Schema};
use super::{Error, Gather, PACKET_LEN, Progress, VERSION, random};

/// The version that S1 names in the digest handshake; what clients see in it is only that it is not 0.
const SERVER_VERSION: [u8; 4] = [4, 5, 0, 1];

/// The server's side. Whether the client wants the digest form is told from C1; if not, the simple form is spoken.
#[derive(Debug)]
pub struct ServerHandshake {
    state: State,
    seed: u64,
}

#[derive(Debug)]
enum State {
    /// C0 and C1 are coming.
    ExpectC1(Gather),
    /// C2 is coming, so many bytes of it still. What it echoes is not looked at: encoders get it wrong.
    ExpectC2(usize),
}

impl ServerHandshake {
    /// A handshake that waits for C0; `seed` makes the random bytes of S1.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: State::ExpectC1(Gather::default()), seed }
    }

    /// Takes the client's next bytes, and appends the answer, when it is time for it, to `output`.
    ///
    /// # Errors
    /// [`Error::Version`] when C0 is not 3.
    pub fn handle_input(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<Progress, Error> {
        let mut rest = input;
        if let State::ExpectC1(gather) = &mut self.state {
            let Some(c1) = gather.take(&mut rest)? else {
                return Ok(Progress { used: input.len(), done: false });
            };
            answer(c1, self.seed, output);
            self.state = State::ExpectC2(PACKET_LEN);
        }
        if let State::ExpectC2(missing) = &mut self.state {
            let now = rest.len().min(*missing);
            *missing -= now;
            rest = &rest[now..];
        }
        let done = matches!(self.state, State::ExpectC2(0));
        Ok(Progress { used: input.len() - rest.len(), done })
    }
}

/// S0, S1 and S2.
fn answer(c1: &[u8; PACKET_LEN], seed: u64, output: &mut Vec<u8>) {
    let mut s1 = [0; PACKET_LEN];
    random::fill(&mut s1[8..], seed);
    let mut s2 = *c1;
    if let Some((schema, client_digest)) = signature_of(c1) {
        s1[4..8].copy_from_slice(&SERVER_VERSION);
        digest::sign(&mut s1, schema, SERVER_NAME);
        random::fill(&mut s2, seed.rotate_left(32));
        digest::sign_answer(&mut s2, &client_digest, SERVER_NAME);
    }
    output.push(VERSION);
    output.extend_from_slice(&s1);
    output.extend_from_slice(&s2);
}

/// How the client has signed C1, if it has. A client that names no version speaks the simple form (RTMP 1.0 section
/// 5.2.3), and is spared the search.
fn signature_of(c1: &[u8; PACKET_LEN]) -> Option<(Schema, [u8; DIGEST_LEN])> {
    if c1[4..8] == [0; 4] {
        return None;
    }
    Schema::ALL.into_iter().find_map(|schema| Some((schema, digest::verify(c1, schema, CLIENT_NAME)?)))
}
