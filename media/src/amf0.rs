//! AMF0, the encoding of RTMP commands and of FLV script data: reader, writer, values.
//!
//! Specification: Action Message Format AMF 0, Adobe 2007 ("AMF0 spec"). Property order is kept, because players show
//! metadata in the order of the encoder.
//!
//! A peer's claims cost nothing: counts are never believed, only bytes that are there are turned into values, and
//! nesting is limited. A value takes at most about 80 bytes of memory for each byte read, so [`Limits::size`] bounds
//! the whole.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::{Limits, Reader, decode_all};
pub use writer::encode_all;

/// The properties of an object or an ECMA array, in the order of the wire.
pub type Properties = Vec<(String, Value)>;

/// One AMF0 value.
///
/// Strings are UTF-8. When they are read, each byte that is not becomes `%` and its two hexadecimal digits; in names of
/// properties and classes it becomes a `?`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Marker 0.
    Number(f64),
    /// Marker 1.
    Boolean(bool),
    /// Marker 2, and 12 for more than 65535 bytes.
    String(String),
    /// Marker 3: an anonymous object.
    Object(Properties),
    /// Marker 5.
    Null,
    /// Marker 6.
    Undefined,
    /// Marker 7: the index of a complex value that came earlier in the same message. It is not followed.
    Reference(u16),
    /// Marker 8: an array with names for indices.
    EcmaArray(Properties),
    /// Marker 10: an array with a length.
    StrictArray(Vec<Self>),
    /// Marker 11.
    Date {
        /// Milliseconds since 1970-01-01 UTC.
        milliseconds: f64,
        /// Reserved by the specification, which wants 0; kept as it came.
        timezone: i16,
    },
    /// Marker 13: a value that its writer could not express.
    Unsupported,
    /// Marker 15.
    XmlDocument(String),
    /// Marker 16: an object of a named class.
    TypedObject {
        /// The name of the class.
        class: String,
        /// The properties.
        properties: Properties,
    },
}

impl Value {
    /// The number, if it is one.
    #[must_use]
    pub const fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(boolean) => Some(*boolean),
            _ => None,
        }
    }

    /// The text, if it is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The properties of an object, ECMA array or typed object.
    #[must_use]
    pub fn properties(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(properties) | Self::EcmaArray(properties) | Self::TypedObject { properties, .. } => {
                Some(properties)
            }
            _ => None,
        }
    }

    /// The first property called `name`; `None` when there is none, or when this has no properties.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Self> {
        self.properties()?.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

/// The type markers (AMF0 spec 2.1). 4 (movie clip) and 14 (record set) are reserved and never sent.
mod marker {
    pub(super) const NUMBER: u8 = 0;
    pub(super) const BOOLEAN: u8 = 1;
    pub(super) const STRING: u8 = 2;
    pub(super) const OBJECT: u8 = 3;
    pub(super) const NULL: u8 = 5;
    pub(super) const UNDEFINED: u8 = 6;
    pub(super) const REFERENCE: u8 = 7;
    pub(super) const ECMA_ARRAY: u8 = 8;
    pub(super) const OBJECT_END: u8 = 9;
    pub(super) const STRICT_ARRAY: u8 = 10;
    pub(super) const DATE: u8 = 11;
    pub(super) const LONG_STRING: u8 = 12;
    pub(super) const UNSUPPORTED: u8 = 13;
    pub(super) const XML_DOCUMENT: u8 = 15;
    pub(super) const TYPED_OBJECT: u8 = 16;
}
