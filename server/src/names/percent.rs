//! Percent-encoding (RFC 3986 section 2.1) of names that may be any bytes, without loss.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What is escaped in a path's segment: all but the unreserved characters (RFC 3986 section 2.3).
const NOT_IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The bytes that `text` stands for: every `%` with two hexadecimal digits behind it is a byte, until none is left.
///
/// A name is the same however often it was encoded on its way: proxies and encoders encode what is encoded already. A `%`
/// that begins no escape is itself.
pub(super) fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for &byte in text.as_bytes() {
        bytes.push(byte);
        // What an escape stands for may end another one.
        while let [.., b'%', high, low] = bytes[..] {
            let (Some(high), Some(low)) = (hex_digit(high), hex_digit(low)) else { break };
            bytes.truncate(bytes.len() - 3);
            bytes.push(high << 4 | low);
        }
    }
    bytes
}

/// `bytes` as text: UTF-8 as it is, and every byte that is none as an escape, so that names in other encodings differ
/// where their bytes do.
///
/// What [`decode`] gives is given by it again for this text.
pub(super) fn to_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// `name` as part of a path: the bytes that it stands for, escaped where they are not unreserved.
#[must_use]
pub fn in_path(name: &str) -> String {
    percent_encode(&decode(name), NOT_IN_SEGMENT).to_string()
}

/// `name` as part of an RTMP command, where all is itself but the `?` that begins a query.
#[must_use]
pub fn in_command(name: &str) -> String {
    name.replace('?', "%3F")
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_bytes_however_often_they_were_escaped() {
        for text in ["my cam", "my%20cam", "my%2520cam", "my%252520cam", "m%79%20cam", "my%%32%30cam"] {
            assert_eq!(decode(text), b"my cam", "{text}");
        }
        for text in ["100%", "%", "%2", "%zz", "a%4", "%%"] {
            assert_eq!(decode(text), text.as_bytes());
        }
    }

    #[test]
    fn what_is_not_utf8_is_kept_as_escapes() {
        assert_eq!(to_text(b"cam\xc9\xe3"), "cam%C9%E3");
        assert_eq!(to_text("摄像头".as_bytes()), "摄像头");
        assert_eq!(in_path("cam%C9%E3"), "cam%C9%E3");
        assert_eq!(in_path("my cam?"), "my%20cam%3F");
    }

    proptest! {
        #[test]
        fn different_bytes_are_different_texts(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let plain = decode(&to_text(&bytes));
            // Escapes inside of the bytes are read too; without any, nothing is lost.
            if !bytes.contains(&b'%') {
                prop_assert_eq!(&plain, &bytes);
            }
            prop_assert_eq!(decode(&to_text(&plain)), plain);
        }

        #[test]
        fn a_name_survives_a_path_and_a_command(bytes in "[a%20-9fA-F? é]{0,12}") {
            let name = to_text(&decode(&bytes));
            for encoded in [in_path(&name), in_command(&name), in_path(&in_path(&name)), name.clone()] {
                prop_assert_eq!(to_text(&decode(&encoded)), name.clone());
            }
        }
    }
}
