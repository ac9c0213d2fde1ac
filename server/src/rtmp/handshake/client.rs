use super::{Error, Gather, PACKET_LEN, Progress, VERSION, random};

/// The client's side, in the simple form, which every server speaks.
#[derive(Debug)]
pub struct ClientHandshake {
    state: State,
}

#[derive(Debug)]
enum State {
    /// S0 and S1 are coming.
    ExpectS1(Gather),
    /// S2 is coming, so many bytes of it still.
    ExpectS2(usize),
}

impl ClientHandshake {
    /// Appends C0 and C1 to `output`, and waits for S0; `seed` makes the random bytes of C1.
    #[must_use]
    pub fn start(seed: u64, output: &mut Vec<u8>) -> Self {
        // Time 0 and version 0: the version is what asks for the digest form.
        let mut c1 = [0; PACKET_LEN];
        random::fill(&mut c1[8..], seed);
        output.push(VERSION);
        output.extend_from_slice(&c1);
        Self { state: State::ExpectS1(Gather::default()) }
    }

    /// Takes the server's next bytes, and appends C2, when it is time for it, to `output`.
    ///
    /// # Errors
    /// [`Error::Version`] when S0 is not 3.
    pub fn handle_input(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<Progress, Error> {
        let mut rest = input;
        if let State::ExpectS1(gather) = &mut self.state {
            let Some(s1) = gather.take(&mut rest)? else {
                return Ok(Progress { used: input.len(), done: false });
            };
            output.extend_from_slice(s1);
            self.state = State::ExpectS2(PACKET_LEN);
        }
        if let State::ExpectS2(missing) = &mut self.state {
            let now = rest.len().min(*missing);
            *missing -= now;
            rest = &rest[now..];
        }
        let done = matches!(self.state, State::ExpectS2(0));
        Ok(Progress { used: input.len() - rest.len(), done })
    }
}
