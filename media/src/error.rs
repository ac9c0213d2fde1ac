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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { what, expected, got } => {
                write!(f, "{what}: expected {expected} bytes, got {got}")
            }
            Self::Invalid { what, expected, got } => write!(f, "{what}: expected {expected}, got {got}"),
            Self::Unsupported { what, got } => write!(f, "{what}: {got} is not supported"),
            Self::TooLarge { what, limit, got } => write!(f, "{what}: at most {limit} allowed, got {got}"),
        }
    }
}

impl core::error::Error for Error {}
