//! WebSocket messages (RFC 6455 section 5), for viewers that want to know what is in them.

/// The longest header of a server's frame, in bytes.
const MAX_HEADER: usize = 10;

/// Takes the headers of a server's frames off, in any slicing.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    header: [u8; MAX_HEADER],
    /// How much of the header has come.
    filled: usize,
    /// What of the payload is still to come.
    payload: u64,
    opcode: u8,
}

impl Messages {
    /// Hands what binary messages hold to `handle`; returns whether the server has closed.
    pub(crate) fn receive(&mut self, mut bytes: &[u8], mut handle: impl FnMut(&[u8])) -> bool {
        while let [first, rest @ ..] = bytes {
            if self.payload > 0 {
                let used = usize::try_from(self.payload).unwrap_or(usize::MAX).min(bytes.len());
                // Continuations belong to the binary messages; pings have nothing for a viewer.
                if self.opcode <= 2 {
                    handle(&bytes[..used]);
                }
                self.payload -= used as u64;
                bytes = &bytes[used..];
                continue;
            }
            self.header[self.filled] = *first;
            self.filled += 1;
            bytes = rest;
            if self.filled >= 2 && self.filled == self.header_len() {
                self.opcode = self.header[0] & 0x0f;
                self.payload = self.length();
                self.filled = 0;
                if self.opcode == 8 {
                    return true;
                }
            }
        }
        false
    }

    fn header_len(&self) -> usize {
        match self.header[1] & 0x7f {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }

    fn length(&self) -> u64 {
        match self.header[1] & 0x7f {
            126 => u64::from(u16::from_be_bytes([self.header[2], self.header[3]])),
            127 => self.header[2..10].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
            length => u64::from(length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_come_out_in_any_slicing_and_pings_do_not() {
        let long = vec![7; 70_000];
        let mut wire = vec![0x82, 3, b'a', b'b', b'c', 0x89, 2, b'h', b'i', 0x82, 0];
        wire.extend([0x82, 126, 0, 200]);
        wire.extend(&long[..200]);
        wire.extend([0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
        wire.extend(&long);
        let expected = [&b"abc"[..], &long[..200], &long].concat();
        for step in [1, 2, 7, 1000, wire.len()] {
            let (mut messages, mut got) = (Messages::default(), Vec::new());
            for bytes in wire.chunks(step) {
                assert!(!messages.receive(bytes, |bytes| got.extend_from_slice(bytes)));
            }
            assert!(got == expected, "{step} bytes at a time");
        }
    }

    #[test]
    fn a_close_is_the_end() {
        assert!(Messages::default().receive(&[0x88, 2, 3, 0xe8], |_| panic!("a close has no video")));
    }
}
