//! The chunked transfer coding (RFC 9112 section 7.1), for viewers that want to know what is in it.

use std::mem;

/// Takes chunks off, in any slicing.
#[derive(Debug, Default)]
pub(crate) struct Chunked {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// Before or in the line with the size, of which so much is known.
    #[default]
    Start,
    Size(usize),
    /// Behind the digits of the size.
    Extension(usize),
    Data(usize),
    /// Before the end of the line behind a chunk.
    DataEnd,
    /// Behind the last chunk.
    Ended,
}

impl Chunked {
    /// Hands what the chunks hold to `handle`; returns whether the body has ended.
    pub(crate) fn receive(&mut self, mut bytes: &[u8], mut handle: impl FnMut(&[u8])) -> bool {
        while let [first, rest @ ..] = bytes {
            self.state = match mem::take(&mut self.state) {
                State::Data(left) => {
                    let used = left.min(bytes.len());
                    handle(&bytes[..used]);
                    bytes = &bytes[used..];
                    if used == left { State::DataEnd } else { State::Data(left - used) }
                }
                State::Ended => return true,
                state => {
                    bytes = rest;
                    state.after(*first)
                }
            };
        }
        matches!(self.state, State::Ended)
    }
}

impl State {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::DataEnd, b'\n') => Self::Start,
            (Self::DataEnd, _) => Self::DataEnd,
            (Self::Size(0) | Self::Extension(0), b'\n') => Self::Ended,
            (Self::Size(size) | Self::Extension(size), b'\n') => Self::Data(size),
            (Self::Start, _) => Self::Size(digit(byte).unwrap_or(0)),
            (Self::Size(size), _) => match digit(byte) {
                Some(digit) => Self::Size(size.saturating_mul(16).saturating_add(digit)),
                None => Self::Extension(size),
            },
            (state, _) => state,
        }
    }
}

fn digit(byte: u8) -> Option<usize> {
    char::from(byte).to_digit(16).and_then(|digit| usize::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_taken_off_in_any_slicing() {
        let bytes = b"5\r\nhello\r\n1;x=5\r\n,\r\n00010\r\n 0123456789abcde\r\n0\r\n\r\n";
        for slice in 1..=bytes.len() {
            let (mut chunked, mut body, mut ended) = (Chunked::default(), Vec::new(), false);
            for part in bytes.chunks(slice) {
                ended |= chunked.receive(part, |data| body.extend_from_slice(data));
            }
            assert_eq!(String::from_utf8_lossy(&body), "hello, 0123456789abcde", "in slices of {slice}");
            assert!(ended);
        }
    }

    #[test]
    fn a_body_that_goes_on_has_not_ended() {
        let mut chunked = Chunked::default();
        assert!(!chunked.receive(b"5\r\nhel", |_| {}));
        assert!(!chunked.receive(b"lo\r\n", |_| {}));
        assert!(!chunked.receive(b"0", |_| {}));
        assert!(chunked.receive(b"\r\n", |_| {}));
    }
}
