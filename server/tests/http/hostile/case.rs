//! One row of the table.

/// What a client does, what it must get, and how the connection must be afterwards.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
}

pub(super) enum Step {
    Send(Vec<u8>),
    /// A byte at a time.
    SendSlowly(Vec<u8>),
    HalfClose,
    Expect(Expected),
}

/// An answer.
pub(super) struct Expected {
    pub(super) status: u16,
    /// Whether it is to HEAD: without a body, whatever its length says.
    pub(super) to_head: bool,
    /// Headers and their values; `None` for those that must not be there.
    pub(super) headers: Vec<(&'static str, Option<&'static str>)>,
    /// The whole body, where it is not just any.
    pub(super) body: Option<&'static str>,
    /// Whether the body is the live stream.
    pub(super) streams: bool,
    /// Whether it is given before there is a request that a handler could see, and so without headers of ours.
    pub(super) is_hypers: bool,
}

/// How the connection must be when all answers have come.
pub(super) enum End {
    /// The next request on it is answered.
    Open,
    /// The server closes it, having said no more.
    Closed,
    /// It belongs to the stream, or it depends.
    Any,
}

pub(super) fn case(name: &'static str) -> Case {
    Case { name, steps: Vec::new(), end: End::Open }
}

impl Case {
    pub(super) fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Send(bytes.as_ref().to_vec()))
    }

    pub(super) fn send_slowly(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::SendSlowly(bytes.as_ref().to_vec()))
    }

    /// An HTTP/1.1 request with a right `Host`, and more header lines, each of which ends in CR LF.
    pub(super) fn ask(self, method_and_target: &str, headers: &str) -> Self {
        self.send(format!("{method_and_target} HTTP/1.1\r\nHost: test\r\n{headers}\r\n"))
    }

    pub(super) fn half_close(self) -> Self {
        self.step(Step::HalfClose)
    }

    /// The next answer has this status; what follows is about it.
    pub(super) fn answer(self, status: u16) -> Self {
        let (headers, body) = (Vec::new(), None);
        let expected = Expected { status, to_head: false, headers, body, streams: false, is_hypers: false };
        self.step(Step::Expect(expected))
    }

    /// 200 and the stream.
    pub(super) fn streams(mut self) -> Self {
        self = self.answer(200).with("content-type", "video/x-flv");
        self.expected().streams = true;
        self.end = End::Any;
        self
    }

    /// The answer that hyper gives to bytes which are no request, and closes.
    pub(super) fn no_request(mut self, status: u16) -> Self {
        self = self.answer(status);
        self.expected().is_hypers = true;
        self.closed()
    }

    /// Nothing is said about the connection afterwards.
    pub(super) fn whatever_then(mut self) -> Self {
        self.end = End::Any;
        self
    }

    pub(super) fn without_body(mut self) -> Self {
        self.expected().to_head = true;
        self
    }

    pub(super) fn with(mut self, header: &'static str, value: &'static str) -> Self {
        self.expected().headers.push((header, Some(value)));
        self
    }

    pub(super) fn without(mut self, header: &'static str) -> Self {
        self.expected().headers.push((header, None));
        self
    }

    pub(super) fn body(mut self, body: &'static str) -> Self {
        self.expected().body = Some(body);
        self
    }

    pub(super) fn closed(mut self) -> Self {
        self.end = End::Closed;
        self
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    fn expected(&mut self) -> &mut Expected {
        match self.steps.last_mut() {
            Some(Step::Expect(expected)) => expected,
            _ => panic!("{}: there is no answer to say that of", self.name),
        }
    }
}
