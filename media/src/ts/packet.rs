use alloc::vec::Vec;

/// Length of a transport packet in bytes (13818-1 section 2.4.3.2).
pub const PACKET_LEN: usize = 188;

/// What a packet has room for behind its header.
pub(super) const ROOM: usize = PACKET_LEN - 4;

/// One packet identifier and its continuity counter, which goes on over the whole stream's life.
#[derive(Debug)]
pub(super) struct Pid {
    pub(super) id: u16,
    /// `continuity_counter` of the next packet with a payload; modulo 16 on the wire.
    next: u8,
    /// Whether there has been one.
    pub(super) is_used: bool,
}

/// What an adaptation field says (13818-1 section 2.4.3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Adaptation {
    pub(super) discontinuity: bool,
    pub(super) random_access: bool,
    /// The 33-bit base of a program clock reference, in 90 kHz; the extension is always 0.
    pub(super) pcr: Option<u64>,
}

impl Pid {
    pub(super) const fn new(id: u16) -> Self {
        Self { id, next: 0, is_used: false }
    }

    /// Writes `head` and `body` as the payload of as many packets as they need, the last one stuffed;
    /// `adaptation` goes into the first one.
    pub(super) fn write_unit(&mut self, adaptation: Adaptation, head: &[u8], body: &[u8], out: &mut Vec<u8>) {
        let (mut head, mut body, mut adaptation, mut is_start) = (head, body, adaptation, true);
        while !(head.is_empty() && body.is_empty()) {
            let len = (head.len() + body.len()).min(ROOM - adaptation.len());
            self.write_header(self.next, adaptation, len, is_start, out);
            self.next = (self.next + 1) & 15;
            self.is_used = true;
            let (now, later) = head.split_at(len.min(head.len()));
            out.extend_from_slice(now);
            head = later;
            let (now, later) = body.split_at(len - now.len());
            out.extend_from_slice(now);
            body = later;
            (adaptation, is_start) = (Adaptation::default(), false);
        }
    }

    /// Writes a packet with nothing but an adaptation field.
    ///
    /// It repeats the counter of the last packet with a payload, as section 2.4.3.3 wants it: where `adaptation` announces
    /// a discontinuity, the packet behind this one then continues it.
    pub(super) fn write_adaptation(&self, adaptation: Adaptation, out: &mut Vec<u8>) {
        self.write_header(self.next.wrapping_sub(1) & 15, adaptation, 0, false, out);
    }

    /// Writes header and adaptation field of a packet with `payload` bytes.
    fn write_header(
        &self,
        counter: u8,
        adaptation: Adaptation,
        payload: usize,
        is_start: bool,
        out: &mut Vec<u8>,
    ) {
        let field = ROOM - payload;
        let [high, low] = self.id.to_be_bytes();
        let control = u8::from(field > 0) << 5 | u8::from(payload > 0) << 4;
        out.extend_from_slice(&[0x47, u8::from(is_start) << 6 | high, low, control | counter]);
        if field > 0 {
            adaptation.write(field, out);
        }
    }
}

impl Adaptation {
    /// The least that it takes, in bytes.
    fn len(self) -> usize {
        match self.pcr {
            Some(_) => 8,
            None if self == Self::default() => 0,
            None => 2,
        }
    }

    /// Writes it in `len` bytes, stuffed. One byte only has room to say that there is nothing else.
    fn write(self, len: usize, out: &mut Vec<u8>) {
        let end = out.len() + len;
        out.push(u8::try_from(len - 1).unwrap_or(u8::MAX));
        if len > 1 {
            let [discontinuity, random_access, pcr] =
                [self.discontinuity, self.random_access, self.pcr.is_some()].map(u8::from);
            out.push(discontinuity << 7 | random_access << 6 | pcr << 4);
        }
        if let Some(base) = self.pcr {
            // 33 bits, 6 reserved ones, 9 bits of extension.
            out.extend_from_slice(&(base << 15 | 0x3f << 9).to_be_bytes()[2..]);
        }
        out.resize(end, 0xff);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_fills_whole_packets_and_comes_out_again() {
        for adaptation in [
            Adaptation::default(),
            Adaptation { random_access: true, ..Adaptation::default() },
            Adaptation { pcr: Some((1 << 33) - 1), ..Adaptation::default() },
        ] {
            for len in 1..=2 * ROOM + 2 {
                let unit: Vec<u8> = (0..len).map(|byte| byte as u8).collect();
                let (mut pid, mut out) = (Pid::new(0x1abc), Vec::new());
                let (head, body) = unit.split_at(len.min(19));
                pid.write_unit(adaptation, head, body, &mut out);
                let mut read = Vec::new();
                for (index, packet) in out.chunks(PACKET_LEN).enumerate() {
                    let start = if index == 0 { 0x40 } else { 0 };
                    assert_eq!(packet[..3], [0x47, start | 0x1a, 0xbc], "{len}");
                    assert_eq!(usize::from(packet[3] & 15), index);
                    let field = if packet[3] & 0x20 == 0 { 0 } else { 1 + usize::from(packet[4]) };
                    read.extend_from_slice(&packet[4 + field..PACKET_LEN]);
                }
                assert_eq!(read, unit);
            }
        }
    }

    #[test]
    fn a_packet_without_payload_repeats_the_counter() {
        let (mut pid, mut out) = (Pid::new(0x100), Vec::new());
        let adaptation = Adaptation { discontinuity: true, random_access: false, pcr: Some(0x1_2345_6789) };
        pid.write_adaptation(adaptation, &mut out);
        pid.write_unit(Adaptation::default(), &[1], &[], &mut out);
        pid.write_adaptation(adaptation, &mut out);
        let counters: Vec<u8> = out.chunks(PACKET_LEN).map(|packet| packet[3]).collect();
        assert_eq!(counters, [0x20 | 15, 0x30, 0x20]);
        assert_eq!(out[4..12], [183, 0x90, 0x91, 0xa2, 0xb3, 0xc4, 0xfe, 0x00]);
        assert!(out[12..PACKET_LEN].iter().all(|byte| *byte == 0xff));
    }
}
