use alloc::string::String;
use core::fmt;

/// What is wrong with a piece of media: always the input's fault, never ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The structure needs more bytes than there are.
    Truncated {
        /// The structure, with its specification's name for it.
        what: &'static str,
        /// Bytes needed.
        expected: usize,
        /// Bytes there.
        got: usize,
    },
    /// A field has a value that its specification does not allow.
    Invalid {
        /// The field.
        what: &'static str,
        /// What the specification allows.
        expected: &'static str,
        /// What came.
        got: u64,
    },
    /// The value is legal, but nothing here handles it.
    Unsupported {
        /// The field.
        what: &'static str,
        /// What came.
        got: u64,
    },
    /// The structure is larger than we are willing to hold.
    TooLarge {
        /// The structure.
        what: &'static str,
        /// The limit, in the unit of `got`.
        limit: usize,
        /// The size it has, or claims.
        got: usize,
    },
}

/// [`core::result::Result`] with this crate's [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

impl Error {
    /// What [`Display`](fmt::Display) shows, without the standard formatting, which browsers would have to download.
    #[must_use]
    pub fn message(&self) -> String {
        match *self {
            Self::Truncated { what, expected, got } => sentence(&[
                what,
                ": expected ",
                &decimal(expected as u64),
                " bytes, got ",
                &decimal(got as u64),
            ]),
            Self::Invalid { what, expected, got } => {
                sentence(&[what, ": expected ", expected, ", got ", &decimal(got)])
            }
            Self::Unsupported { what, got } => sentence(&[what, ": ", &decimal(got), " is not supported"]),
            Self::TooLarge { what, limit, got } => sentence(&[
                what,
                ": at most ",
                &decimal(limit as u64),
                " allowed, got ",
                &decimal(got as u64),
            ]),
        }
    }
}

fn sentence(parts: &[&str]) -> String {
    let mut text = String::new();
    parts.iter().for_each(|part| text.push_str(part));
    text
}

/// A number in decimal digits.
#[must_use]
pub fn decimal(mut number: u64) -> String {
    let mut text = String::new();
    loop {
        text.insert(0, char::from(b'0' + (number % 10) as u8));
        number /= 10;
        if number == 0 {
            return text;
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_as_everybody_writes_them() {
        for number in [0, 7, 10, 909, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }

    #[test]
    fn messages_say_what_was_expected_and_what_came() {
        let truncated = Error::Truncated { what: "avcC", expected: 7, got: 3 };
        assert_eq!(truncated.to_string(), "avcC: expected 7 bytes, got 3");
        let too_large = Error::TooLarge { what: "tag", limit: 10, got: 11 };
        assert_eq!(too_large.to_string(), "tag: at most 10 allowed, got 11");
    }
}
