//! Digits of the codec names that browsers take (RFC 6381 section 3.3, and the codecs' own mappings).

use alloc::string::String;

/// Appends a byte as two hexadecimal digits.
pub(super) fn push_hex(text: &mut String, byte: u8) {
    for nibble in [byte >> 4, byte & 15] {
        text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
    }
}

/// Appends a number below 100 as two decimal digits.
pub(super) fn push_two_digits(text: &mut String, number: u8) {
    text.push(char::from(b'0' + number / 10 % 10));
    text.push(char::from(b'0' + number % 10));
}
