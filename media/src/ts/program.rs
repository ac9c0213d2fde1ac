use alloc::vec::Vec;

use super::clock::{Clock, audio_times, ticks};
use super::packet::{Adaptation, Pid};
use super::pes::{self, StreamId};
use super::psi::{ElementaryStream, PMT_PID, write_pat, write_pmt};

/// The tables are repeated when they are this old, in milliseconds; with what may come between, it is under 500.
const TABLES_INTERVAL: u64 = 400;

/// PIDs, as SRS has them.
const VIDEO_PID: u16 = 0x100;
const AAC_PID: u16 = 0x101;
const MPEG_AUDIO_PID: u16 = 0x102;
/// That of other audio, which SRS does not have.
const OTHER_AUDIO_PID: u16 = 0x103;

/// The elementary streams of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) video: Option<VideoType>,
    pub(super) audio: Option<AudioType>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VideoType {
    Avc = 0x1b,
    Hevc = 0x24,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AudioType {
    Aac,
    Mpeg1,
    Mpeg2,
    Ac3,
    Eac3,
    /// Of 1 to 8 channels, in the order of RFC 7845 section 5.1.1.2.
    Opus {
        channels: u8,
    },
}

impl AudioType {
    /// `stream_type`: of 13818-1 table 2-34, or as ATSC A/52 annexes A and G assign it; "private" for Opus.
    const fn stream_type(self) -> u8 {
        match self {
            Self::Aac => 0x0f,
            Self::Mpeg1 => 0x03,
            Self::Mpeg2 => 0x04,
            Self::Ac3 => 0x81,
            Self::Eac3 => 0x87,
            Self::Opus { .. } => 0x06,
        }
    }

    /// A registration descriptor (13818-1 section 2.6.8) where the type alone does not tell; for Opus also how many channels
    /// there are ("Encapsulation of Opus in MPEG transport streams" section 4).
    fn descriptors(self) -> Vec<u8> {
        match self {
            Self::Aac | Self::Mpeg1 | Self::Mpeg2 => Vec::new(),
            Self::Ac3 => b"\x05\x04AC-3".into(),
            Self::Eac3 => b"\x05\x04EAC3".into(),
            Self::Opus { channels } => [&b"\x05\x04Opus\x7f\x02\x80"[..], &[channels]].concat(),
        }
    }

    const fn stream_id(self) -> StreamId {
        match self {
            Self::Aac | Self::Mpeg1 | Self::Mpeg2 => StreamId::Audio,
            Self::Ac3 | Self::Eac3 | Self::Opus { .. } => StreamId::Private,
        }
    }
}

/// Writes the packets of a program with their tables and clock references, in the order in which everybody gets them.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) layout: Layout,
    pub(super) clock: Clock,
    pat: Pid,
    pmt: Pid,
    video: Pid,
    aac: Pid,
    mpeg_audio: Pid,
    other_audio: Pid,
    /// What the last tables said.
    announced: Option<Layout>,
    /// `version_number` of the program map, modulo 32.
    version: u8,
    /// When the last tables were written, in milliseconds.
    tables_at: u64,
}

impl Program {
    pub(super) fn new() -> Self {
        Self {
            layout: Layout::default(),
            clock: Clock::default(),
            pat: Pid::new(0),
            pmt: Pid::new(PMT_PID),
            video: Pid::new(VIDEO_PID),
            aac: Pid::new(AAC_PID),
            mpeg_audio: Pid::new(MPEG_AUDIO_PID),
            other_audio: Pid::new(OTHER_AUDIO_PID),
            announced: None,
            version: 0,
            tables_at: 0,
        }
    }

    /// Whether the tables have changed, or are older than `interval` at `timestamp`; both in milliseconds.
    pub(super) fn needs_tables(&self, timestamp: u64, interval: u64) -> bool {
        self.announced != Some(self.layout) || timestamp.abs_diff(self.tables_at) >= interval
    }

    /// Writes PAT and PMT, with the next version if it says something new.
    pub(super) fn write_tables(&mut self, timestamp: u64, out: &mut Vec<u8>) {
        if self.announced.is_some_and(|announced| announced != self.layout) {
            self.version = (self.version + 1) & 31;
        }
        self.announced = Some(self.layout);
        self.tables_at = timestamp;
        write_pat(&mut self.pat, out);
        let video = self.layout.video.map(|kind| ElementaryStream {
            pid: VIDEO_PID,
            stream_type: kind as u8,
            descriptors: Vec::new(),
        });
        let audio = self.layout.audio.map(|kind| ElementaryStream {
            pid: self.audio(kind).id,
            stream_type: kind.stream_type(),
            descriptors: kind.descriptors(),
        });
        let clock_pid = self.clock_pid().map_or(0x1fff, |pid| pid.id);
        write_pmt(&mut self.pmt, self.version, clock_pid, video.into_iter().chain(audio), out);
    }

    /// Writes a video frame that shows `composition` ticks after its timestamp in milliseconds, behind the tables and clock
    /// references that are due. `random_access` wants those that a viewer starts with: tables first.
    pub(super) fn write_video(
        &mut self,
        timestamp: u64,
        composition: i32,
        random_access: bool,
        access_unit: &[u8],
        out: &mut Vec<u8>,
    ) {
        if random_access {
            self.write_tables(timestamp, out);
        }
        self.clock.note_video(timestamp);
        let adaptation = self.write_clock(timestamp, random_access, out);
        let times = self.clock.video_times(timestamp, composition);
        // Video is never too long for a header.
        let Some(header) = pes::header(StreamId::Video, times, access_unit.len()) else { return };
        self.video.write_unit(adaptation, &header, access_unit, out);
    }

    /// Writes an audio frame, as [`Self::write_video`] does; it has the clock where there is no video. Nothing, when it is
    /// too long for a PES packet.
    pub(super) fn write_audio(
        &mut self,
        timestamp: u64,
        random_access: bool,
        frame: &[u8],
        out: &mut Vec<u8>,
    ) {
        let Some(kind) = self.layout.audio else { return };
        let Some(header) = pes::header(kind.stream_id(), audio_times(timestamp), frame.len()) else { return };
        if random_access {
            self.write_tables(timestamp, out);
        }
        let adaptation = if self.layout.video.is_none() {
            self.write_clock(timestamp, random_access, out)
        } else {
            let timestamp = self.clock.beside_video(timestamp);
            self.write_due(timestamp, out);
            Adaptation::default()
        };
        self.audio_mut(kind).write_unit(adaptation, &header, frame, out);
    }

    /// What a viewer gets who skips to what comes next, which is a random access point at `timestamp`: packets without
    /// payload that announce the discontinuity of every PID's counter, and, on the clock's, of the system time base, for
    /// only there may a counter of that PID be discontinuous (13818-1 section 2.4.3.5).
    pub(super) fn resync(&self, timestamp: u64) -> Vec<u8> {
        let mut out = Vec::new();
        let clock = self.clock_pid().map(|pid| pid.id);
        let streams = [&self.video, &self.aac, &self.mpeg_audio, &self.other_audio];
        // Those that are away too: when they come back, their counters go on.
        let streams = streams.into_iter().filter(|pid| pid.is_used || clock == Some(pid.id));
        for pid in [&self.pat, &self.pmt].into_iter().chain(streams) {
            let pcr = (clock == Some(pid.id)).then(|| ticks(self.clock.before(timestamp)));
            pid.write_adaptation(Adaptation { discontinuity: true, random_access: false, pcr }, &mut out);
        }
        out
    }

    /// Writes what must go before a frame of the track that has the clock; returns what goes into its first packet.
    fn write_clock(&mut self, timestamp: u64, random_access: bool, out: &mut Vec<u8>) -> Adaptation {
        let discontinuity = self.clock.step(timestamp);
        self.write_due(timestamp, out);
        let pcr = self.clock.carry(timestamp, random_access || discontinuity).map(ticks);
        Adaptation { discontinuity, random_access, pcr }
    }

    /// Writes what must not be later than the frame at `timestamp` allows: tables and references of the clock.
    fn write_due(&mut self, timestamp: u64, out: &mut Vec<u8>) {
        for at in self.clock.fill(timestamp) {
            self.write_due_tables(at, out);
            let adaptation = Adaptation { pcr: Some(ticks(at)), ..Adaptation::default() };
            self.clock_pid().into_iter().for_each(|pid| pid.write_adaptation(adaptation, out));
        }
        self.write_due_tables(timestamp, out);
    }

    fn write_due_tables(&mut self, timestamp: u64, out: &mut Vec<u8>) {
        if self.needs_tables(timestamp, TABLES_INTERVAL) {
            self.write_tables(timestamp, out);
        }
    }

    fn clock_pid(&self) -> Option<&Pid> {
        let audio = self.layout.audio.map(|kind| self.audio(kind));
        self.layout.video.map(|_| &self.video).or(audio)
    }

    const fn audio(&self, kind: AudioType) -> &Pid {
        match kind {
            AudioType::Aac => &self.aac,
            AudioType::Mpeg1 | AudioType::Mpeg2 => &self.mpeg_audio,
            AudioType::Ac3 | AudioType::Eac3 | AudioType::Opus { .. } => &self.other_audio,
        }
    }

    const fn audio_mut(&mut self, kind: AudioType) -> &mut Pid {
        match kind {
            AudioType::Aac => &mut self.aac,
            AudioType::Mpeg1 | AudioType::Mpeg2 => &mut self.mpeg_audio,
            AudioType::Ac3 | AudioType::Eac3 | AudioType::Opus { .. } => &mut self.other_audio,
        }
    }
}
