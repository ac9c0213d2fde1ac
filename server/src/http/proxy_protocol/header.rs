//! The bytes of a PROXY protocol header (HAProxy's proxy-protocol.txt, sections 2.1 and 2.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest header of version 2 that is taken, in bytes: far more than any address with its TLVs needs. Of version 1
/// the format itself allows 107.
pub const MAX_LENGTH: usize = 4096;

/// The longest line of version 1, with its CR LF.
const MAX_LINE: usize = 107;

const LINE_START: &[u8] = b"PROXY ";
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family and transport, length of the rest.
const FIXED: usize = 16;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whose connection it is. `None` when it is the proxy's own (`LOCAL`), or of a kind that has no address of the
    /// internet (`UNKNOWN`, Unix sockets).
    pub source: Option<SocketAddr>,
}

/// How far a header has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The bytes are exactly a header.
    Done(Header),
    /// So many more can be read, at least one, without reading past the header.
    Needs(usize),
}

/// Why bytes are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Neither version's first bytes.
    #[error("expected a PROXY protocol header; the connection begins with something else")]
    Absent,
    /// Not the version 2 that the signature is of.
    #[error("expected version 2 after the PROXY protocol's signature; got {0}")]
    Version(u8),
    /// Neither `LOCAL` nor `PROXY`.
    #[error("expected the PROXY protocol's command 0 or 1; got {0}")]
    Command(u8),
    /// A family or transport that version 2 does not have.
    #[error("expected an address family and transport of PROXY protocol version 2; got {0:#04x}")]
    Family(u8),
    /// More than [`MAX_LENGTH`].
    #[error("expected a PROXY protocol header of at most {MAX_LENGTH} bytes; got {0}")]
    TooLong(usize),
    /// Shorter than the addresses of its family.
    #[error("the PROXY protocol header's addresses are cut off")]
    Short,
    /// A line of version 1 that is too long, or not as it must be.
    #[error("expected a line such as \"PROXY TCP4 192.0.2.1 192.0.2.2 50000 80\" of at most 105 characters")]
    Line,
}

/// Judges the first bytes of a connection, which must not reach past the header: as many as [`Progress::Needs`] tells.
///
/// # Errors
/// [`HeaderError`] as soon as it is sure that no header will come of the bytes.
pub fn parse(bytes: &[u8]) -> Result<Progress, HeaderError> {
    let begins_with = |start: &[u8]| bytes.iter().zip(start).all(|(byte, wanted)| byte == wanted);
    if begins_with(SIGNATURE) {
        parse_binary(bytes)
    } else if begins_with(LINE_START) {
        parse_line(bytes)
    } else {
        Err(HeaderError::Absent)
    }
}

fn parse_binary(bytes: &[u8]) -> Result<Progress, HeaderError> {
    let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else {
        // With no byte yet, it may also become a line.
        let wanted = if bytes.is_empty() { LINE_START.len() } else { FIXED - bytes.len() };
        return Ok(Progress::Needs(wanted));
    };
    let (version, command) = (fixed[12] >> 4, fixed[12] & 0x0f);
    if version != 2 {
        return Err(HeaderError::Version(version));
    }
    let length = usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
    if FIXED + length > MAX_LENGTH {
        return Err(HeaderError::TooLong(FIXED + length));
    }
    if command > 1 {
        return Err(HeaderError::Command(command));
    }
    if fixed[13] >> 4 > 3 || fixed[13] & 0x0f > 2 {
        return Err(HeaderError::Family(fixed[13]));
    }
    if rest.len() < length {
        return Ok(Progress::Needs(length - rest.len()));
    }
    // Behind the addresses are TLVs (section 2.2.7): nothing of theirs is needed.
    let source = if command == 0 { None } else { source(fixed[13] >> 4, rest)? };
    Ok(Progress::Done(Header { source }))
}

/// The source address of a family: source and destination address, then both ports.
fn source(family: u8, addresses: &[u8]) -> Result<Option<SocketAddr>, HeaderError> {
    fn ip_and_port<const N: usize>(addresses: &[u8]) -> Result<([u8; N], u16), HeaderError> {
        let (source, rest) = addresses.split_first_chunk::<N>().ok_or(HeaderError::Short)?;
        let (_, ports) = rest.split_first_chunk::<N>().ok_or(HeaderError::Short)?;
        let (port, _) = ports.split_first_chunk::<4>().ok_or(HeaderError::Short)?;
        Ok((*source, u16::from_be_bytes([port[0], port[1]])))
    }
    Ok(match family {
        1 => {
            let (source, port) = ip_and_port::<4>(addresses)?;
            Some((Ipv4Addr::from(source), port).into())
        }
        2 => {
            let (source, port) = ip_and_port::<16>(addresses)?;
            Some(SocketAddr::new(IpAddr::from(source).to_canonical(), port))
        }
        // Two paths of Unix sockets, of 108 bytes each.
        3 if addresses.len() < 2 * 108 => return Err(HeaderError::Short),
        _ => None,
    })
}

fn parse_line(bytes: &[u8]) -> Result<Progress, HeaderError> {
    let Some(line) = bytes.strip_suffix(b"\r\n") else {
        if bytes.len() >= MAX_LINE || bytes.contains(&b'\n') {
            return Err(HeaderError::Line);
        }
        // The end of the line is not known before it is there, and nothing behind it may be read.
        return Ok(Progress::Needs(line_remainder(bytes).min(MAX_LINE - bytes.len())));
    };
    let line = str::from_utf8(line).map_err(|_| HeaderError::Line)?;
    let fields: Vec<_> = line.split(' ').collect();
    let source = match fields[..] {
        // Behind UNKNOWN anything may stand, and means nothing.
        ["PROXY", "UNKNOWN", ..] => None,
        ["PROXY", "TCP4", source, destination, source_port, destination_port] => {
            let _: Ipv4Addr = field(destination)?;
            port(destination_port)?;
            Some((field::<Ipv4Addr>(source)?, port(source_port)?).into())
        }
        ["PROXY", "TCP6", source, destination, source_port, destination_port] => {
            let _: Ipv6Addr = field(destination)?;
            port(destination_port)?;
            let source = IpAddr::V6(field(source)?).to_canonical();
            Some(SocketAddr::new(source, port(source_port)?))
        }
        _ => return Err(HeaderError::Line),
    };
    Ok(Progress::Done(Header { source }))
}

/// How many bytes the line lacks at least.
fn line_remainder(bytes: &[u8]) -> usize {
    const SHORTEST: usize = "PROXY UNKNOWN\r\n".len();
    let for_end = if bytes.last() == Some(&b'\r') { 1 } else { 2 };
    SHORTEST.saturating_sub(bytes.len()).max(for_end)
}

fn field<T: std::str::FromStr>(text: &str) -> Result<T, HeaderError> {
    text.parse().map_err(|_| HeaderError::Line)
}

/// A port in plain digits, without a sign or leading zeros (section 2.1).
fn port(text: &str) -> Result<u16, HeaderError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { field(text) } else { Err(HeaderError::Line) }
}

#[cfg(test)]
mod tests;
