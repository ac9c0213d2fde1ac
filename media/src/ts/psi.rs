use alloc::vec;
use alloc::vec::Vec;

use super::packet::{Adaptation, Pid, ROOM};

/// The PID of the program map table, `transport_stream_id` and `program_number`: SRS's.
pub(super) const PMT_PID: u16 = 0x1001;
const TRANSPORT_STREAM_ID: u16 = 1;
const PROGRAM_NUMBER: u16 = 1;

/// An elementary stream as the program map names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ElementaryStream {
    pub(super) pid: u16,
    /// `stream_type` (13818-1 table 2-34).
    pub(super) stream_type: u8,
    /// Descriptors that say more of it, whole; below 256 bytes.
    pub(super) descriptors: Vec<u8>,
}

/// Writes the program association table (13818-1 section 2.4.4.3); its version is always 0, for it never changes.
pub(super) fn write_pat(pid: &mut Pid, out: &mut Vec<u8>) {
    let mut entry = PROGRAM_NUMBER.to_be_bytes().to_vec();
    entry.extend_from_slice(&(0xe000 | PMT_PID).to_be_bytes());
    write_section(pid, 0x00, TRANSPORT_STREAM_ID, 0, &entry, out);
}

/// Writes the program map table (13818-1 section 2.4.4.8). `version` is below 32.
pub(super) fn write_pmt(
    pid: &mut Pid,
    version: u8,
    pcr_pid: u16,
    streams: impl Iterator<Item = ElementaryStream>,
    out: &mut Vec<u8>,
) {
    let mut body = (0xe000 | pcr_pid).to_be_bytes().to_vec();
    // program_info_length 0
    body.extend_from_slice(&[0xf0, 0]);
    for stream in streams {
        body.push(stream.stream_type);
        body.extend_from_slice(&(0xe000 | stream.pid).to_be_bytes());
        // ES_info_length
        body.extend_from_slice(&[0xf0, stream.descriptors.len() as u8]);
        body.extend_from_slice(&stream.descriptors);
    }
    write_section(pid, 0x02, PROGRAM_NUMBER, version, &body, out);
}

/// Writes a section of the long form (13818-1 section 2.4.4.11) in a packet of its own.
fn write_section(pid: &mut Pid, table_id: u8, extension: u16, version: u8, body: &[u8], out: &mut Vec<u8>) {
    // What follows the length: extension, version, section numbers, body, CRC.
    let len = u16::try_from(5 + body.len() + 4).unwrap_or(u16::MAX);
    // pointer_field 0: the section begins at once.
    let mut payload = vec![0, table_id];
    payload.extend_from_slice(&(0xb000 | len).to_be_bytes());
    payload.extend_from_slice(&extension.to_be_bytes());
    // current_next_indicator; section 0 of 0.
    payload.extend_from_slice(&[0xc0 | version << 1 | 1, 0, 0]);
    payload.extend_from_slice(body);
    let crc = crc32(&payload[1..]);
    payload.extend_from_slice(&crc.to_be_bytes());
    // Tables are stuffed behind the section, not in an adaptation field (section 2.4.4.1).
    payload.resize(ROOM, 0xff);
    pid.write_unit(Adaptation::default(), &payload, &[], out);
}

/// The CRC of sections (13818-1 annex A): of a section with its CRC it is 0.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            if crc >> 31 == 1 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crc_is_that_of_the_standard() {
        // The check value of CRC-32/MPEG-2.
        assert_eq!(crc32(b"123456789"), 0x0376_e6e7);
    }

    #[test]
    fn tables_read_as_the_standard_writes_them() {
        let mut out = Vec::new();
        write_pat(&mut Pid::new(0), &mut out);
        assert_eq!(
            out[..21],
            *b"\x47\x40\x00\x10\x00\x00\xb0\x0d\x00\x01\xc1\x00\x00\x00\x01\xf0\x01\x2e\x70\x19\x05"
        );
        assert!(out[21..].iter().all(|byte| *byte == 0xff));
        let mut out = Vec::new();
        let streams = [
            ElementaryStream { pid: 0x100, stream_type: 0x1b, descriptors: Vec::new() },
            ElementaryStream { pid: 0x101, stream_type: 0x0f, descriptors: Vec::new() },
        ];
        write_pmt(&mut Pid::new(PMT_PID), 3, 0x100, streams.into_iter(), &mut out);
        assert_eq!(
            out[..27],
            *b"\x47\x50\x01\x10\x00\x02\xb0\x17\x00\x01\xc7\x00\x00\xe1\x00\xf0\x00\x1b\xe1\x00\xf0\x00\x0f\xe1\x01\xf0\x00"
        );
        assert_eq!((out.len(), crc32(&out[5..31])), (188, 0));
    }
}
