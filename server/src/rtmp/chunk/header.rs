use super::EXTENDED;
use crate::rtmp::Error;

/// A whole chunk header. The fields that its type leaves out are 0.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// The chunk type, 0 to 3.
    pub(super) format: u8,
    pub(super) chunk_stream: u32,
    /// The timestamp of type 0, the delta of types 1 and 2.
    pub(super) field: u32,
    /// Whether that came in an extended timestamp.
    pub(super) extended: bool,
    pub(super) length: usize,
    pub(super) type_id: u8,
    pub(super) stream_id: u32,
    /// How many bytes the header has.
    pub(super) size: usize,
}

pub(super) enum Parsed {
    /// The header has at least so many bytes.
    Needs(usize),
    Whole(Header),
}

/// Parses the basic header (RTMP 1.0 section 5.3.1.1), message header (5.3.1.2) and extended timestamp (5.3.1.3) at the
/// start of `bytes`.
///
/// `extended_in` tells, of a chunk stream, what a repeated extended timestamp may be; `None` when its last one was short.
pub(super) fn parse(
    bytes: &[u8],
    extended_in: impl FnOnce(u32) -> Result<Option<[u32; 2]>, Error>,
) -> Result<Parsed, Error> {
    let (chunk_stream, basic) = match bytes {
        [] => return Ok(Parsed::Needs(1)),
        [first, ..] if first & 0x3f > 1 => (u32::from(first & 0x3f), 1),
        [first, id, ..] if first & 0x3f == 0 => (64 + u32::from(*id), 2),
        [first, low, high, ..] if first & 0x3f == 1 => (64 + u32::from(u16::from_le_bytes([*low, *high])), 3),
        [first, ..] => return Ok(Parsed::Needs(2 + usize::from(first & 0x3f))),
    };
    let format = bytes[0] >> 6;
    if format == 3 {
        let expected = extended_in(chunk_stream)?;
        return Ok(parse_type_3(chunk_stream, basic, &bytes[basic..], expected));
    }
    let end = basic + [11, 7, 3][usize::from(format)];
    let Some(fields) = bytes.get(basic..end) else { return Ok(Parsed::Needs(end)) };
    let field = u32::from_be_bytes([0, fields[0], fields[1], fields[2]]);
    let mut header = Header { format, chunk_stream, field, size: end, ..Header::default() };
    if let Some(&[l2, l1, l0, type_id]) = fields.get(3..7) {
        header.length = u32::from_be_bytes([0, l2, l1, l0]) as usize;
        header.type_id = type_id;
    }
    if let Some(&[s0, s1, s2, s3]) = fields.get(7..11) {
        header.stream_id = u32::from_le_bytes([s0, s1, s2, s3]);
    }
    if field == EXTENDED {
        let Some(&[e3, e2, e1, e0]) = bytes.get(end..end + 4) else { return Ok(Parsed::Needs(end + 4)) };
        header.field = u32::from_be_bytes([e3, e2, e1, e0]);
        header.extended = true;
        header.size = end + 4;
    }
    Ok(Parsed::Whole(header))
}

/// After an extended timestamp most encoders repeat it in every type 3 chunk, as the specification wants; older ones do
/// not. Nothing announces it, so the next 4 bytes are looked at: if they are the timestamp, it was repeated; if not, they
/// are payload. That is known at the first byte that differs, so that no message waits for bytes of the one behind it.
fn parse_type_3(chunk_stream: u32, basic: usize, behind: &[u8], expected: Option<[u32; 2]>) -> Parsed {
    let mut size = basic;
    let mut expected = expected.into_iter().flatten().map(u32::to_be_bytes);
    if expected.any(|expected| expected.starts_with(&behind[..behind.len().min(4)])) {
        if behind.len() < 4 {
            return Parsed::Needs(basic + behind.len() + 1);
        }
        size += 4;
    }
    Parsed::Whole(Header { format: 3, chunk_stream, size, ..Header::default() })
}
