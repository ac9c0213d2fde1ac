//! The head of an answer (RFC 9112 section 4).

use super::SecureError;

/// No server has more to say before a live stream.
const MAX_HEAD: usize = 16 * 1024;
const END: &[u8] = b"\r\n\r\n";

/// Gathers the head of an answer until it is complete, in any slicing.
#[derive(Debug, Default)]
pub(crate) struct Head {
    gathered: Vec<u8>,
    complete: bool,
    chunked: bool,
}

impl Head {
    /// Takes more bytes; returns those behind the head.
    ///
    /// # Errors
    /// When the status is neither 200 nor 101, or the head has no end.
    pub(crate) fn receive<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], SecureError> {
        if self.complete {
            return Ok(bytes);
        }
        let before = self.gathered.len();
        self.gathered.extend_from_slice(bytes);
        let Some(start) = self.gathered.windows(END.len()).position(|window| window == END) else {
            if self.gathered.len() > MAX_HEAD {
                return Err(SecureError::Refused(format!("its head has more than {MAX_HEAD} bytes")));
            }
            return Ok(&[]);
        };
        let status = self.gathered.split(|byte| *byte == b'\r').next().unwrap_or_default();
        if !matches!(status.get(..12), Some(b"HTTP/1.1 200" | b"HTTP/1.1 101")) {
            return Err(SecureError::Refused(String::from_utf8_lossy(status).into_owned()));
        }
        self.complete = true;
        let text = String::from_utf8_lossy(&self.gathered[..start]).to_ascii_lowercase();
        self.chunked = text.lines().any(|line| {
            line.strip_prefix("transfer-encoding:").is_some_and(|coding| coding.trim() == "chunked")
        });
        self.gathered = Vec::new();
        Ok(&bytes[start + END.len() - before..])
    }

    /// Whether the body has the chunked transfer coding.
    pub(crate) fn is_chunked(&self) -> bool {
        self.chunked
    }

    /// Whether all of it has come, and the stream follows.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n\r\nFLV\x01";

    #[test]
    fn what_follows_the_head_is_the_same_in_any_slicing() {
        for slice in 1..=ANSWER.len() {
            let mut head = Head::default();
            let mut rest = Vec::new();
            for part in ANSWER.chunks(slice) {
                rest.extend_from_slice(head.receive(part).unwrap());
            }
            assert!(head.is_complete() && !head.is_chunked());
            assert_eq!(rest, b"FLV\x01", "in slices of {slice}");
        }
    }

    #[test]
    fn a_chunked_body_is_told_from_one_that_ends_with_the_connection() {
        let mut head = Head::default();
        head.receive(b"HTTP/1.1 200 OK\r\nServer: x\r\ntransfer-encoding: Chunked\r\n\r\n").unwrap();
        assert!(head.is_chunked());
    }

    #[test]
    fn a_refusal_is_told_with_the_servers_words() {
        let error = Head::default().receive(b"HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n").unwrap_err();
        assert_eq!(error.to_string(), "the stream was refused: HTTP/1.1 404 Not Found");
    }

    #[test]
    fn a_head_without_end_is_refused_before_it_fills_the_memory() {
        let mut head = Head::default();
        assert_eq!(head.receive(&[b'x'; MAX_HEAD]), Ok(&[][..]));
        assert!(head.receive(b"x").is_err());
    }
}
