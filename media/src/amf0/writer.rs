use alloc::string::String;
use alloc::vec::Vec;

use super::{Value, marker};

/// Writes `values` one after the other, as the body of a command or data message.
#[must_use]
pub fn encode_all(values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        value.write(&mut out);
    }
    out
}

impl Value {
    /// Appends this value to `out`.
    ///
    /// A name or class of more than 65535 bytes is cut there, at a character: AMF0 has no long form of them, and what
    /// was read is never that long.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(number) => {
                out.push(marker::NUMBER);
                out.extend_from_slice(&number.to_be_bytes());
            }
            Self::Boolean(boolean) => out.extend_from_slice(&[marker::BOOLEAN, (*boolean).into()]),
            Self::String(text) if text.len() > usize::from(u16::MAX) => {
                out.push(marker::LONG_STRING);
                write_long_string(out, text);
            }
            Self::String(text) => {
                out.push(marker::STRING);
                write_short_string(out, text);
            }
            Self::Object(properties) => {
                out.push(marker::OBJECT);
                write_properties(out, properties);
            }
            Self::Null => out.push(marker::NULL),
            Self::Undefined => out.push(marker::UNDEFINED),
            Self::Unsupported => out.push(marker::UNSUPPORTED),
            Self::Reference(index) => {
                out.push(marker::REFERENCE);
                out.extend_from_slice(&index.to_be_bytes());
            }
            Self::EcmaArray(properties) => {
                out.push(marker::ECMA_ARRAY);
                write_length(out, properties.len());
                write_properties(out, properties);
            }
            Self::StrictArray(elements) => {
                out.push(marker::STRICT_ARRAY);
                write_length(out, elements.len());
                elements.iter().for_each(|element| element.write(out));
            }
            Self::Date { milliseconds, timezone } => {
                out.push(marker::DATE);
                out.extend_from_slice(&milliseconds.to_be_bytes());
                out.extend_from_slice(&timezone.to_be_bytes());
            }
            Self::XmlDocument(text) => {
                out.push(marker::XML_DOCUMENT);
                write_long_string(out, text);
            }
            Self::TypedObject { class, properties } => {
                out.push(marker::TYPED_OBJECT);
                write_short_string(out, class);
                write_properties(out, properties);
            }
        }
    }
}

fn write_properties(out: &mut Vec<u8>, properties: &[(String, Value)]) {
    for (name, value) in properties {
        write_short_string(out, name);
        value.write(out);
    }
    out.extend_from_slice(&[0, 0, marker::OBJECT_END]);
}

#[allow(clippy::cast_possible_truncation)]
fn write_short_string(out: &mut Vec<u8>, text: &str) {
    let mut end = text.len().min(usize::from(u16::MAX));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    out.extend_from_slice(&(text.len() as u16).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn write_long_string(out: &mut Vec<u8>, text: &str) {
    write_length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// Lengths are those of values in memory, far below 2^32 elements.
fn write_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}
