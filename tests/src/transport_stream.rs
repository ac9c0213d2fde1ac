//! A transport stream taken apart by the letter of ISO/IEC 13818-1, written apart from the muxer that it judges.
//!
//! It needs nothing but `std`, and is one file however long: the unit tests of `media` and a fuzz target take it in as one.

use std::collections::BTreeMap;

/// What a transport stream has in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// The program maps, in order.
    pub programs: Vec<Program>,
    /// The PES packets, in the order of their first packets.
    pub pes: Vec<Pes>,
    /// The clock references, in order.
    pub references: Vec<Reference>,
    /// Packets, of all PIDs.
    pub packets: usize,
}

/// A program map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Index of its packet.
    pub at: usize,
    /// `version_number`.
    pub version: u8,
    /// `PCR_PID`.
    pub clock_pid: u16,
    /// PID and `stream_type` of each elementary stream.
    pub streams: Vec<(u16, u8)>,
    /// What their descriptors say, whole.
    pub descriptors: Vec<Vec<u8>>,
}

/// A PES packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pes {
    /// Its PID.
    pub pid: u16,
    /// Index of its first transport packet.
    pub at: usize,
    /// `random_access_indicator` of its first transport packet.
    pub random_access: bool,
    /// In 90 kHz.
    pub pts: u64,
    /// In 90 kHz.
    pub dts: u64,
    /// `PES_packet_length`.
    pub stated_len: usize,
    /// What it carries.
    pub data: Vec<u8>,
}

/// A program clock reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Index of its packet.
    pub at: usize,
    /// Its PID.
    pub pid: u16,
    /// In 27 MHz.
    pub clock: u64,
    /// Whether it begins another time base.
    pub discontinuity: bool,
}

impl Analysis {
    /// Takes `bytes` apart.
    ///
    /// # Errors
    /// At the first thing that the standard does not allow: sizes, continuity counters, CRCs, lengths, clock references
    /// that go back, data before its table.
    pub fn of(bytes: &[u8]) -> Result<Self, String> {
        Self::read(bytes, Reader::default())
    }

    /// The same for a stream whose frames come at any times, sound or not: they may be too late for the clock.
    ///
    /// # Errors
    /// As [`Self::of`], but for that.
    pub fn of_any_times(bytes: &[u8]) -> Result<Self, String> {
        Self::read(bytes, Reader { any_times: true, ..Reader::default() })
    }

    fn read(bytes: &[u8], mut reader: Reader) -> Result<Self, String> {
        if !bytes.len().is_multiple_of(188) {
            return Err(format!("{} bytes are no whole packets", bytes.len()));
        }
        for (at, packet) in bytes.chunks(188).enumerate() {
            reader.packet(at, packet).map_err(|complaint| format!("packet {at}: {complaint}"))?;
        }
        let mut analysis = reader.analysis;
        analysis.packets = bytes.len() / 188;
        for pes in &analysis.pes {
            let len = pes.data.len();
            if pes.stated_len != 0 && pes.stated_len != len {
                return Err(format!(
                    "PES of packet {}: {} bytes stated, {len} there",
                    pes.at, pes.stated_len
                ));
            }
        }
        Ok(analysis)
    }

    /// The PES packets of one PID.
    pub fn of_pid(&self, pid: u16) -> impl Iterator<Item = &Pes> {
        self.pes.iter().filter(move |pes| pes.pid == pid)
    }

    /// The longest time between two references of one time base, in milliseconds, rounded up.
    #[must_use]
    pub fn widest_reference_gap(&self) -> u64 {
        let gaps = self.references.windows(2).filter(|pair| !pair[1].discontinuity);
        gaps.map(|pair| forward(pair[0].clock / 300, pair[1].clock / 300).div_ceil(90)).max().unwrap_or(0)
    }

    /// The longest time from one program map to the next, and to the end, by the references before each; in milliseconds,
    /// rounded up. Meaningless across discontinuities.
    #[must_use]
    pub fn widest_table_gap(&self) -> u64 {
        let clock_at = |at: usize| {
            let before = self.references.iter().take_while(|reference| reference.at <= at).last();
            before.or(self.references.first()).map_or(0, |reference| reference.clock / 300)
        };
        let mut places: Vec<_> = self.programs.iter().map(|program| program.at).collect();
        places.push(self.packets);
        let gaps = places.windows(2).map(|pair| forward(clock_at(pair[0]), clock_at(pair[1])));
        gaps.max().unwrap_or(0).div_ceil(90)
    }
}

/// Ticks from one 33-bit time to the next.
fn forward(from: u64, to: u64) -> u64 {
    to.wrapping_sub(from) & ((1 << 33) - 1)
}

#[derive(Default)]
struct Reader {
    analysis: Analysis,
    /// The last counter of each PID.
    counters: BTreeMap<u16, u8>,
    /// The map's PID, from the association table.
    program_pid: Option<u16>,
    /// The map's packets have had a discontinuity: any version may follow.
    program_lost: bool,
    any_times: bool,
    /// The PES packet that each PID is in, by index.
    open: BTreeMap<u16, usize>,
}

impl Reader {
    fn packet(&mut self, at: usize, packet: &[u8]) -> Result<(), String> {
        if packet[0] != 0x47 || packet[1] & 0x80 != 0 || packet[3] & 0xc0 != 0 {
            return Err(format!("header {:x?}", &packet[..4]));
        }
        let pid = u16::from_be_bytes([packet[1] & 0x1f, packet[2]]);
        let (has_field, has_payload) = (packet[3] & 0x20 != 0, packet[3] & 0x10 != 0);
        let (mut payload, mut flags) = (&packet[4..], 0);
        if has_field {
            let len = usize::from(payload[0]);
            let fits = if has_payload { len <= 182 } else { len == 183 };
            if !fits {
                return Err(format!("adaptation field of {len} bytes"));
            }
            let (field, rest) = payload[1..].split_at(len);
            payload = rest;
            flags = field.first().copied().unwrap_or(0);
            self.adaptation(at, pid, field)?;
        } else if !has_payload {
            return Err("neither adaptation field nor payload".into());
        }
        self.counter(pid, packet[3] & 15, has_payload, flags & 0x80 != 0)?;
        self.program_lost |= Some(pid) == self.program_pid && flags & 0x80 != 0;
        if !has_payload {
            return Ok(());
        }
        let is_start = packet[1] & 0x40 != 0;
        match pid {
            0 => self.association(payload),
            _ if Some(pid) == self.program_pid => self.program(at, payload),
            _ => self.data(at, pid, is_start, flags & 0x40 != 0, payload),
        }
    }

    /// Section 2.4.3.3.
    fn counter(
        &mut self,
        pid: u16,
        counter: u8,
        has_payload: bool,
        discontinuity: bool,
    ) -> Result<(), String> {
        let expected = |last: u8| if has_payload { (last + 1) & 15 } else { last };
        match self.counters.insert(pid, counter) {
            Some(last) if counter != expected(last) && !discontinuity => {
                Err(format!("PID {pid:#x}: counter {counter} behind {last}"))
            }
            _ => Ok(()),
        }
    }

    fn adaptation(&mut self, at: usize, pid: u16, field: &[u8]) -> Result<(), String> {
        let Some((&flags, rest)) = field.split_first() else { return Ok(()) };
        let discontinuity = flags & 0x80 != 0;
        let stuffing = if flags & 0x10 == 0 {
            let clock_pid = self.analysis.programs.last().map(|program| program.clock_pid);
            if flags & 0x40 != 0 && clock_pid == Some(pid) {
                return Err("random access without a clock reference".into());
            }
            rest
        } else {
            let (pcr, stuffing) = rest.split_at_checked(6).ok_or("a cut clock reference")?;
            let bits = pcr.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            let clock = (bits >> 15) * 300 + (bits & 0x1ff);
            if let Some(last) = self.analysis.references.last().filter(|_| !discontinuity)
                && forward(last.clock / 300, clock / 300) >= 1 << 32
            {
                return Err(format!("clock {clock} behind {}", last.clock));
            }
            self.analysis.references.push(Reference { at, pid, clock, discontinuity });
            stuffing
        };
        if flags & 0x2f != 0 || stuffing.iter().any(|byte| *byte != 0xff) {
            return Err(format!("adaptation field {field:x?}"));
        }
        Ok(())
    }

    fn association(&mut self, payload: &[u8]) -> Result<(), String> {
        let (_, body) = section(payload, 0x00)?;
        let &[0, 1, high, low] = body else { return Err(format!("association {body:x?}")) };
        self.program_pid = Some(u16::from_be_bytes([high & 0x1f, low]));
        Ok(())
    }

    fn program(&mut self, at: usize, payload: &[u8]) -> Result<(), String> {
        let (version, body) = section(payload, 0x02)?;
        let (&[clock_high, clock_low, 0xf0, 0], rest) =
            body.split_first_chunk().ok_or("a cut program map")?
        else {
            return Err(format!("program map {body:x?}"));
        };
        let (mut streams, mut descriptors, mut rest) = (Vec::new(), Vec::new(), rest);
        while !rest.is_empty() {
            let &[stream_type, high, low, 0xf0, len, ref behind @ ..] = rest else {
                return Err(format!("stream {rest:x?}"));
            };
            let (descriptor, behind) = behind.split_at_checked(len.into()).ok_or("a cut descriptor")?;
            check_descriptors(stream_type, descriptor)?;
            streams.push((u16::from_be_bytes([high & 0x1f, low]), stream_type));
            descriptors.push(descriptor.to_vec());
            rest = behind;
        }
        let clock_pid = u16::from_be_bytes([clock_high & 0x1f, clock_low]);
        let program = Program { at, version, clock_pid, streams, descriptors };
        if let Some(last) = self.analysis.programs.last() {
            let same = Program { at, version, ..last.clone() } == program;
            let next = if same { last.version } else { (last.version + 1) & 31 };
            if version != next && !self.program_lost {
                return Err(format!("version {version} of the program map instead of {next}"));
            }
        }
        self.program_lost = false;
        self.analysis.programs.push(program);
        Ok(())
    }

    fn data(
        &mut self,
        at: usize,
        pid: u16,
        is_start: bool,
        random_access: bool,
        payload: &[u8],
    ) -> Result<(), String> {
        let program = self.analysis.programs.last().ok_or("data before a program map")?;
        if program.streams.iter().all(|(known, _)| *known != pid) {
            return Err(format!("PID {pid:#x} is not in the program map"));
        }
        if !is_start {
            let index = *self.open.get(&pid).ok_or("the rest of a PES packet that did not begin")?;
            self.analysis.pes[index].data.extend_from_slice(payload);
            return Ok(());
        }
        let mut pes = pes(at, pid, payload)?;
        pes.random_access = random_access;
        if let Some(reference) = self.analysis.references.last()
            && !self.any_times
            && forward(reference.clock / 300, pes.dts) >= 1 << 32
        {
            return Err(format!("decoding time {} before the clock {}", pes.dts, reference.clock / 300));
        }
        self.open.insert(pid, self.analysis.pes.len());
        self.analysis.pes.push(pes);
        Ok(())
    }
}

/// A stream's descriptors: of lengths that fit, and with a registration (section 2.6.8) where its type is no type of MPEG's.
fn check_descriptors(stream_type: u8, descriptors: &[u8]) -> Result<(), String> {
    let (mut rest, mut is_registered) = (descriptors, false);
    while let &[tag, len, ref behind @ ..] = rest {
        is_registered |= (tag, len) == (0x05, 4);
        rest = behind.get(len.into()..).ok_or_else(|| format!("descriptors {descriptors:x?}"))?;
    }
    let is_private = stream_type == 0x06 || stream_type >= 0x80;
    if rest.is_empty() && is_registered == is_private {
        return Ok(());
    }
    Err(format!("stream of type {stream_type:#x} with descriptors {descriptors:x?}"))
}

/// Version and body of a section that is alone in its packet.
fn section(payload: &[u8], table_id: u8) -> Result<(u8, &[u8]), String> {
    let &[0, id, high, low, _, _, version, 0, 0, ref rest @ ..] = payload else {
        return Err(format!("section {payload:x?}"));
    };
    let len = usize::from(u16::from_be_bytes([high & 0x0f, low]));
    if id != table_id || high & 0xf0 != 0xb0 || version & 0xc1 != 0xc1 {
        return Err(format!("section {payload:x?}"));
    }
    let (whole, stuffing) = payload[1..].split_at_checked(3 + len).ok_or("a section that is cut")?;
    let mut crc = u32::MAX;
    for bit in whole.iter().flat_map(|byte| (0..8).rev().map(move |bit| u32::from(byte >> bit & 1))) {
        crc = if crc >> 31 == bit { crc << 1 } else { crc << 1 ^ 0x04c1_1db7 };
    }
    if crc != 0 || stuffing.iter().any(|byte| *byte != 0xff) {
        return Err(format!("CRC or stuffing of {payload:x?}"));
    }
    Ok((version >> 1 & 31, &rest[..len - 5 - 4]))
}

fn pes(at: usize, pid: u16, payload: &[u8]) -> Result<Pes, String> {
    let &[0, 0, 1, _, high, low, marks, flags, header_len, ref rest @ ..] = payload else {
        return Err(format!("PES {payload:x?}"));
    };
    let (header, data) = rest.split_at_checked(header_len.into()).ok_or("a cut PES header")?;
    let (pts, dts) = match (marks & 0xc0, flags, header) {
        (0x80, 0x80, header) => (timestamp(header, 2)?, timestamp(header, 2)?),
        (0x80, 0xc0, header) if header.len() == 10 => {
            (timestamp(&header[..5], 3)?, timestamp(&header[5..], 1)?)
        }
        _ => return Err(format!("PES header {payload:x?}")),
    };
    if forward(dts, pts) >= 1 << 32 {
        return Err(format!("presentation {pts} before decoding {dts}"));
    }
    let stated = usize::from(u16::from_be_bytes([high, low]));
    let stated_len = stated.saturating_sub(3 + usize::from(header_len));
    Ok(Pes { pid, at, random_access: false, pts, dts, stated_len, data: data.to_vec() })
}

fn timestamp(bytes: &[u8], prefix: u8) -> Result<u64, String> {
    let &[a, b, c, d, e] = bytes else { return Err(format!("timestamp {bytes:x?}")) };
    if a >> 4 != prefix || a & c & e & 1 == 0 {
        return Err(format!("timestamp {bytes:x?}"));
    }
    Ok([(a >> 1 & 7, 3), (b, 8), (c >> 1, 7), (d, 8), (e >> 1, 7)]
        .into_iter()
        .fold(0, |ticks, (part, bits)| ticks << bits | u64::from(part)))
}
