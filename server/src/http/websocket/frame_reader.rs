//! What a client sends, frame by frame (RFC 6455 section 5). No I/O.

use bytes::Bytes;

/// The longest payload of a control frame, in bytes (section 5.5).
pub(in super::super) const MAX_CONTROL_PAYLOAD: usize = 125;

/// The longest frame header a client can send: 2 bytes, 8 of length, 4 of mask.
const MAX_HEADER_LEN: usize = 14;

/// Opcodes (section 5.2).
pub(in super::super) mod opcode {
    pub(in crate::http) const CONTINUATION: u8 = 0x0;
    pub(in crate::http) const TEXT: u8 = 0x1;
    pub(in crate::http) const BINARY: u8 = 0x2;
    pub(in crate::http) const CLOSE: u8 = 0x8;
    pub(in crate::http) const PING: u8 = 0x9;
    pub(in crate::http) const PONG: u8 = 0xa;
}

/// A control frame. Data frames are checked and passed over: nothing a client can say matters to its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// To be answered with the same payload.
    Ping(Bytes),
    /// Answers a ping.
    Pong,
    /// The client closes, with this code if it gave one. Nothing that comes behind it is read.
    Close(Option<u16>),
}

/// A breach of the protocol; the words become the close reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(in super::super) struct ProtocolError(pub(super) &'static str);

/// Takes a client's bytes apart, in any slicing; holds one header and one control payload at most.
#[derive(Debug, Default)]
pub(super) struct FrameReader {
    state: State,
    /// A message has begun whose last fragment has not come.
    in_message: bool,
}

#[derive(Debug)]
enum State {
    Header { bytes: [u8; MAX_HEADER_LEN], filled: usize },
    Control { opcode: u8, mask: [u8; 4], payload: Vec<u8>, missing: usize },
    Data { missing: u64 },
    Closed,
}

/// A frame header, read.
struct Header {
    opcode: u8,
    is_final: bool,
    mask: [u8; 4],
    length: u64,
}

impl Default for State {
    fn default() -> Self {
        Self::Header { bytes: [0; MAX_HEADER_LEN], filled: 0 }
    }
}

impl FrameReader {
    /// Takes the next bytes, and hands over the control frames that they complete.
    ///
    /// # Errors
    /// When the client broke the protocol; the reader takes nothing more then.
    pub(super) fn push(
        &mut self,
        mut input: &[u8],
        mut on_event: impl FnMut(Event),
    ) -> Result<(), ProtocolError> {
        while !input.is_empty() {
            input = self.step(input, &mut on_event).inspect_err(|_| self.state = State::Closed)?;
        }
        Ok(())
    }

    /// Consumes some of `input`, at least a byte; returns the rest.
    fn step<'a>(
        &mut self,
        input: &'a [u8],
        on_event: &mut impl FnMut(Event),
    ) -> Result<&'a [u8], ProtocolError> {
        match &mut self.state {
            State::Closed => Ok(&[]),
            State::Header { bytes, filled } => {
                let missing = header_len(&bytes[..*filled]) - *filled;
                let (now, rest) = input.split_at(missing.min(input.len()));
                bytes[*filled..*filled + now.len()].copy_from_slice(now);
                *filled += now.len();
                if *filled == header_len(&bytes[..*filled]) {
                    let header = Header::parse(&bytes[..*filled])?;
                    self.begin(&header, on_event)?;
                }
                Ok(rest)
            }
            State::Control { payload, missing, .. } => {
                let (now, rest) = input.split_at((*missing).min(input.len()));
                payload.extend_from_slice(now);
                *missing -= now.len();
                self.end_control(on_event)?;
                Ok(rest)
            }
            State::Data { missing } => {
                let now = usize::try_from(*missing).unwrap_or(usize::MAX).min(input.len());
                *missing -= now as u64;
                if *missing == 0 {
                    self.state = State::default();
                }
                Ok(&input[now..])
            }
        }
    }

    /// A frame's header has come.
    fn begin(&mut self, header: &Header, on_event: &mut impl FnMut(Event)) -> Result<(), ProtocolError> {
        header.check(self.in_message)?;
        if header.is_control() {
            let missing = header.length as usize;
            let payload = Vec::with_capacity(missing);
            self.state = State::Control { opcode: header.opcode, mask: header.mask, payload, missing };
            return self.end_control(on_event);
        }
        self.in_message = !header.is_final;
        self.state =
            if header.length == 0 { State::default() } else { State::Data { missing: header.length } };
        Ok(())
    }

    /// Hands a control frame over, if its payload is whole.
    fn end_control(&mut self, on_event: &mut impl FnMut(Event)) -> Result<(), ProtocolError> {
        let State::Control { opcode, mask, payload, missing: 0 } = &mut self.state else { return Ok(()) };
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
        let event = match *opcode {
            opcode::PING => Event::Ping(std::mem::take(payload).into()),
            opcode::PONG => Event::Pong,
            _ => Event::Close(close_code(payload)?),
        };
        let closes = matches!(event, Event::Close(_));
        self.state = if closes { State::Closed } else { State::default() };
        on_event(event);
        Ok(())
    }
}

impl Header {
    /// Reads a whole header, or one of two bytes that lacks its mask.
    fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let &[first, second, ref rest @ ..] = bytes else {
            return Err(ProtocolError("frame header cut short"));
        };
        if first & 0x70 != 0 {
            return Err(ProtocolError("reserved bits set without an extension"));
        }
        // Section 5.1: a server must close upon an unmasked frame.
        if second & 0x80 == 0 {
            return Err(ProtocolError("client frame without a mask"));
        }
        let (length, mask) = match (second & 0x7f, rest) {
            (126, [l1, l0, mask @ ..]) => (u64::from(u16::from_be_bytes([*l1, *l0])), mask),
            (127, [l7, l6, l5, l4, l3, l2, l1, l0, mask @ ..]) => {
                (u64::from_be_bytes([*l7, *l6, *l5, *l4, *l3, *l2, *l1, *l0]), mask)
            }
            (length, mask) => (u64::from(length), mask),
        };
        let mask = mask.try_into().map_err(|_| ProtocolError("frame header cut short"))?;
        Ok(Self { opcode: first & 0x0f, is_final: first & 0x80 != 0, mask, length })
    }

    const fn is_control(&self) -> bool {
        self.opcode & 0x8 != 0
    }

    /// Whether the frame may come now.
    const fn check(&self, in_message: bool) -> Result<(), ProtocolError> {
        match self.opcode {
            opcode::CONTINUATION if !in_message => {
                return Err(ProtocolError("continuation without a message"));
            }
            opcode::TEXT | opcode::BINARY if in_message => {
                return Err(ProtocolError("new message inside a fragmented one"));
            }
            opcode::CONTINUATION | opcode::TEXT | opcode::BINARY => {}
            opcode::CLOSE | opcode::PING | opcode::PONG => {
                if !self.is_final {
                    return Err(ProtocolError("fragmented control frame"));
                }
                if self.length > MAX_CONTROL_PAYLOAD as u64 {
                    return Err(ProtocolError("control frame of more than 125 bytes"));
                }
            }
            _ => return Err(ProtocolError("reserved opcode")),
        }
        // Section 5.2: the most significant bit of a 64-bit length must be 0.
        if self.length >> 63 != 0 {
            return Err(ProtocolError("frame length of more than 63 bits"));
        }
        Ok(())
    }
}

/// How long the header that starts with `bytes` is, as far as they tell. Without a mask it ends after two bytes.
const fn header_len(bytes: &[u8]) -> usize {
    match bytes {
        &[_, second, ..] if second & 0x80 != 0 => match second & 0x7f {
            126 => 8,
            127 => 14,
            _ => 6,
        },
        _ => 2,
    }
}

/// The code in a close frame's payload (section 5.5.1); `None` when it is empty.
fn close_code(payload: &[u8]) -> Result<Option<u16>, ProtocolError> {
    match payload {
        [] => Ok(None),
        [_] => Err(ProtocolError("close frame with half a code")),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            // Section 7.4: 1004 to 1006 and 1015 are never sent, other numbers below 3000 are not given out.
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(ProtocolError("close frame with a code that must not be sent"));
            }
            if std::str::from_utf8(reason).is_err() {
                return Err(ProtocolError("close frame with a reason that is not UTF-8"));
            }
            Ok(Some(code))
        }
    }
}

#[cfg(test)]
mod tests;
