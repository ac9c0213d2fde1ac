use alloc::string::String;
use alloc::vec::Vec;

use super::{Properties, Value, marker};
use crate::{Error, Result};

/// Deeper nesting is refused whatever the caller allows: it is read by recursion, and the stack is finite.
const MAX_DEPTH: usize = 128;

/// What a peer's AMF0 may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Objects and arrays inside one another; at most 128 count.
    pub depth: usize,
    /// Bytes of AMF0 in one message.
    pub size: usize,
}

/// Reads the values of one message, one after the other.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

/// Reads every value of `bytes`.
///
/// # Errors
/// When `bytes` is over the limits, is cut short, or has a marker that AMF0 does not define.
pub fn decode_all(bytes: &[u8], limits: Limits) -> Result<Vec<Value>> {
    let mut reader = Reader::new(bytes, limits)?;
    let mut values = Vec::new();
    while let Some(value) = reader.next_value()? {
        values.push(value);
    }
    Ok(values)
}

impl<'a> Reader<'a> {
    /// A reader of `bytes`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when there are more bytes than `limits` allows.
    pub fn new(bytes: &'a [u8], limits: Limits) -> Result<Self> {
        if bytes.len() > limits.size {
            return Err(Error::TooLarge {
                what: "AMF0 message in bytes",
                limit: limits.size,
                got: bytes.len(),
            });
        }
        Ok(Self { rest: bytes, depth: limits.depth.min(MAX_DEPTH) })
    }

    /// The next value; `None` at the end.
    ///
    /// # Errors
    /// When it is nested too deeply, is cut short, or has a marker that AMF0 does not define. Markers 4 and 14 are
    /// reserved; 17 switches to AMF3, which no encoder uses inside its commands and metadata.
    pub fn next_value(&mut self) -> Result<Option<Value>> {
        if self.rest.is_empty() { Ok(None) } else { self.value(self.depth).map(Some) }
    }

    /// The bytes behind the values read so far.
    #[must_use]
    pub const fn remaining(&self) -> &'a [u8] {
        self.rest
    }

    /// How much deeper the value inside an object or array at `depth` may nest.
    fn inner(&self, depth: usize) -> Result<usize> {
        let limit = self.depth;
        depth.checked_sub(1).ok_or(Error::TooLarge { what: "AMF0 nesting", limit, got: limit + 1 })
    }

    fn value(&mut self, depth: usize) -> Result<Value> {
        let [marker] = self.array("AMF0 marker")?;
        Ok(match marker {
            marker::NUMBER => Value::Number(f64::from_be_bytes(self.array("AMF0 number")?)),
            marker::BOOLEAN => Value::Boolean(self.array::<1>("AMF0 boolean")? != [0]),
            marker::STRING => Value::String(text_of(self.short_string()?)),
            marker::LONG_STRING => Value::String(text_of(self.long_string()?)),
            marker::XML_DOCUMENT => Value::XmlDocument(text_of(self.long_string()?)),
            marker::OBJECT => {
                let depth = self.inner(depth)?;
                Value::Object(self.properties(depth, false)?)
            }
            marker::ECMA_ARRAY => {
                // The count is a hint that encoders get wrong, some leave it 0: the end marker decides.
                self.array::<4>("AMF0 ECMA array count")?;
                let depth = self.inner(depth)?;
                Value::EcmaArray(self.properties(depth, true)?)
            }
            marker::STRICT_ARRAY => {
                let depth = self.inner(depth)?;
                Value::StrictArray(self.elements(depth)?)
            }
            marker::TYPED_OBJECT => {
                let depth = self.inner(depth)?;
                let class = name_of(self.short_string()?);
                Value::TypedObject { class, properties: self.properties(depth, false)? }
            }
            marker::NULL => Value::Null,
            marker::UNDEFINED => Value::Undefined,
            marker::UNSUPPORTED => Value::Unsupported,
            marker::REFERENCE => Value::Reference(u16::from_be_bytes(self.array("AMF0 reference")?)),
            marker::DATE => Value::Date {
                milliseconds: f64::from_be_bytes(self.array("AMF0 date")?),
                timezone: i16::from_be_bytes(self.array("AMF0 date's time zone")?),
            },
            0x11 => return Err(Error::Unsupported { what: "AMF0 switch to AMF3, marker", got: 0x11 }),
            other => {
                return Err(Error::Invalid {
                    what: "AMF0 marker",
                    expected: "0-3, 5-8, 10-13, 15 or 16",
                    got: other.into(),
                });
            }
        })
    }

    /// Names and values up to the end marker, which is an empty name and marker 9.
    ///
    /// With `may_end_with_input` the end of the message will do: some encoders leave the end marker of the metadata's
    /// ECMA array out, because the count is there.
    fn properties(&mut self, depth: usize, may_end_with_input: bool) -> Result<Properties> {
        let mut properties = Vec::new();
        loop {
            if self.rest.is_empty() && may_end_with_input {
                return Ok(properties);
            }
            if let Some(rest) = self.rest.strip_prefix(&[0, 0, marker::OBJECT_END]) {
                self.rest = rest;
                return Ok(properties);
            }
            let name = name_of(self.short_string()?);
            properties.push((name, self.value(depth)?));
        }
    }

    fn elements(&mut self, depth: usize) -> Result<Vec<Value>> {
        let count = u32::from_be_bytes(self.array("AMF0 strict array count")?) as usize;
        // Each element takes a byte at least. No capacity is reserved: one byte may become eighty.
        if count > self.rest.len() {
            return Err(Error::Truncated {
                what: "AMF0 strict array",
                expected: count,
                got: self.rest.len(),
            });
        }
        (0..count).map(|_| self.value(depth)).collect::<Result<Vec<_>>>()
    }

    fn short_string(&mut self) -> Result<&[u8]> {
        let length = u16::from_be_bytes(self.array("AMF0 string length")?);
        self.string(length.into())
    }

    fn long_string(&mut self) -> Result<&[u8]> {
        let length = u32::from_be_bytes(self.array("AMF0 long string length")?);
        self.string(length as usize)
    }

    fn string(&mut self, length: usize) -> Result<&[u8]> {
        let Some((text, rest)) = self.rest.split_at_checked(length) else {
            return Err(Error::Truncated { what: "AMF0 string", expected: length, got: self.rest.len() });
        };
        self.rest = rest;
        Ok(text)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N]> {
        let Some((array, rest)) = self.rest.split_first_chunk() else {
            return Err(Error::Truncated { what, expected: N, got: self.rest.len() });
        };
        self.rest = rest;
        Ok(*array)
    }
}

/// The name of a property or a class. Never longer than `bytes`, so that a name that was read can be written: AMF0 has no
/// long form of names.
fn name_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

/// Bytes that are no UTF-8 are escaped as in URLs: some are names of streams in other encodings, and two of those must
/// not become one.
fn text_of(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for &byte in chunk.invalid() {
            let digits = [byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)]));
            text.extend(['%', digits[0], digits[1]]);
        }
    }
    text
}
