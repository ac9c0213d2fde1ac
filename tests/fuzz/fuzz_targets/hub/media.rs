//! What the fuzzer publishes: frames that say where they belong, so that a viewer can tell whether one can be decoded.

use bytes::Bytes;
use flvgate_media::flv::{Tag, TagType};

/// H.264 configurations that differ, the last one in HEVC; a frame names its one by its index.
const VIDEO: [&[u8]; 3] = [
    b"\x17\x00\x00\x00\x00\x01\x64\x00\x0c\xff\xe1\x00\x05\x67\x64\x00\x0c\xac\x01\x00\x03\x68\xeb\xe3",
    b"\x17\x00\x00\x00\x00\x01\x64\x00\x0c\xff\xe1\x00\x05\x67\x64\x00\x0c\xac\x01\x00\x03\x68\xeb\xe4",
    b"\x1c\x00\x00\x00\x00\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\x01\xa2\x00\x01\x00\x03\x44\x01\xc1",
];

/// AAC configurations that differ.
const AUDIO: [&[u8]; 2] = [b"\xaf\x00\x12\x10", b"\xaf\x00\x15\x88"];

/// What stands for no configuration.
pub const NONE: u8 = 0xff;

/// The marks that a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The index of its configuration, [`NONE`] without.
    pub config: u8,
    /// Counts keyframes of all publications.
    pub gop: u32,
    /// Counts frames from the keyframe on.
    pub index: u32,
}

/// An encoder of one publication.
#[derive(Debug)]
pub struct Encoder {
    video: u8,
    audio: u8,
    gop: u32,
    index: u32,
    clocks: [u32; 2],
    /// Clocks go back and jump.
    pub is_wild: bool,
}

impl Encoder {
    pub fn new(gop: u32, clocks: [u32; 2], is_wild: bool) -> Self {
        Self { video: NONE, audio: NONE, gop, index: 0, clocks, is_wild }
    }

    /// The last keyframe's number.
    pub fn gop(&self) -> u32 {
        self.gop
    }

    /// The tag that `what` asks for, its clock moved as `step` says, and padded to `size`.
    pub fn tag(&mut self, what: u8, step: u8, size: usize) -> Option<Tag> {
        let is_video = matches!(what % 16, 0..=8);
        let clock = &mut self.clocks[usize::from(is_video)];
        *clock = match step {
            250.. if self.is_wild => clock.wrapping_sub(u32::from(step) * 97),
            240.. if self.is_wild => clock.wrapping_add(u32::from(step) * 1000),
            _ => clock.wrapping_add(u32::from(step % 128)),
        };
        let time = u64::from(*clock);
        let (tag_type, body) = match what % 16 {
            which @ 0..3 => {
                self.video = which;
                (TagType::Video, VIDEO[usize::from(which)].to_vec())
            }
            3 => {
                self.gop = self.gop.wrapping_add(1);
                self.index = 0;
                (TagType::Video, self.video_frame(true, size))
            }
            4..=8 => {
                self.index = self.index.wrapping_add(1);
                (TagType::Video, self.video_frame(false, size))
            }
            which @ 9..11 => {
                self.audio = which - 9;
                (TagType::Audio, AUDIO[usize::from(which - 9)].to_vec())
            }
            11..=13 => (TagType::Audio, padded(&[0xaf, 1, self.audio], size.min(8000))),
            14 => (TagType::Audio, padded(&[0x2f, 0xff, 0xfb, 0x90, 0x64], size)),
            _ => (TagType::Script, padded(b"\x02\x00\x0aonMetaData\x05", size)),
        };
        Tag::parse(tag_type, time, Bytes::from(body)).ok()
    }

    fn video_frame(&self, is_key: bool, size: usize) -> Vec<u8> {
        let is_hevc = self.video == 2;
        let header: &[u8] = match (is_key, is_hevc) {
            (true, false) => &[0x65],
            (false, false) => &[0x41],
            (true, true) => &[0x26, 1],
            (false, true) => &[0x02, 1],
        };
        let marks = [&[self.video][..], &self.gop.to_be_bytes(), &self.index.to_be_bytes()].concat();
        let nal = padded(&[header, &marks[..]].concat(), size);
        let flags = if is_key { 0x10 } else { 0x20 } | if is_hevc { 12 } else { 7 };
        [&[flags, 1, 0, 0, 0][..], &(nal.len() as u32).to_be_bytes(), &nal].concat()
    }
}

/// What [`Encoder::tag`] has put into a video frame, which is the last NAL unit: parameter sets may be in front.
pub fn marks(body: &[u8]) -> Marks {
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().expect("four bytes"));
    let mut rest = &body[5..];
    let mut last = rest;
    while !rest.is_empty() {
        let (nal, behind) = rest[4..].split_at(number(rest) as usize);
        (last, rest) = (nal, behind);
    }
    let marks = &last[if body[0] & 15 == 12 { 2 } else { 1 }..];
    Marks { config: marks[0], gop: number(&marks[1..]), index: number(&marks[5..]) }
}

/// Which configuration the body of a video or audio sequence header is.
pub fn config_of(tag_type: TagType, body: &[u8]) -> u8 {
    let known: &[&[u8]] = if tag_type == TagType::Video { &VIDEO } else { &AUDIO };
    known.iter().position(|config| *config == body).map_or(NONE, |index| index as u8)
}

fn padded(start: &[u8], size: usize) -> Vec<u8> {
    let mut body = start.to_vec();
    body.resize(start.len().max(size), 0x55);
    body
}
