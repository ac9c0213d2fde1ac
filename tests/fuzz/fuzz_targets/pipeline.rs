//! Any bytes are played without a panic, and what comes out is fit for Media Source Extensions whatever came in.
//!
//! The first byte chooses the slicing, and whether the rest is FLV as it stands, or a recipe for tags: sound sequence
//! headers and frames between broken ones of every codec, at times that jump, with garbage, reconnections and silences of
//! the network between.
#![no_main]

use flvgate_media::flv::{TAG_HEADER_LEN, file_header};
use flvgate_player::pipeline::{Output, Pipeline, Track};
use libfuzzer_sys::fuzz_target;

/// Two sound `AVCDecoderConfigurationRecord`s.
const AVC: [&[u8]; 2] = [
    b"\x01\x64\x00\x0c\xff\xe1\x00\x1a\x67\x64\x00\x0c\xac\xd9\x41\x41\x9f\x9f\x01\x10\x00\x00\x03\x00\x10\x00\x00\x03\x03\x20\xf1\x42\x99\x60\x01\x00\x06\x68\xeb\xe3\xcb\x22\xc0\xfd\xf8\xf8\x00",
    b"\x01\x64\x00\x1e\xff\xe1\x00\x1a\x67\x64\x00\x1e\xac\xd9\x40\xa0\x2f\xf9\x70\x11\x00\x00\x03\x00\x01\x00\x00\x03\x00\x32\x0f\x16\x2d\x96\x01\x00\x06\x68\xeb\xe3\xcb\x22\xc0\xfd\xf8\xf8\x00",
];

/// Header of an MP3 frame of 24 bytes: MPEG-2 layer III, 8 kb/s, 24 kHz.
const MP3: [u8; 4] = [0xff, 0xf3, 0x14, 0xc4];

/// Enhanced RTMP's names of codecs, and one that is none.
const VIDEO_FOURCCS: [&[u8; 4]; 7] = [b"avc1", b"hvc1", b"av01", b"vp09", b"vp08", b"vvc1", b"none"];
const AUDIO_FOURCCS: [&[u8; 4]; 7] = [b"mp4a", b"Opus", b"fLaC", b".mp3", b"ac-3", b"ec-3", b"none"];

enum Step {
    Bytes(Vec<u8>),
    Reconnect,
    Rebuild,
    Wait(f64),
}

fn push_tag(flv: &mut Vec<u8>, tag_type: u8, timestamp: u32, body: &[u8]) {
    let [_, s2, s1, s0] = (body.len() as u32).to_be_bytes();
    let [t3, t2, t1, t0] = timestamp.to_be_bytes();
    flv.extend_from_slice(&[tag_type, s2, s1, s0, t2, t1, t0, t3, 0, 0, 0]);
    flv.extend_from_slice(body);
    flv.extend_from_slice(&((TAG_HEADER_LEN + body.len()) as u32).to_be_bytes());
}

/// A tag of enhanced RTMP with that codec: `number` also chooses the packet's type, and a keyframe.
fn enhanced(fourccs: &[&[u8; 4]; 7], first: u8, number: u8, raw: &[u8]) -> Vec<u8> {
    let fourcc = fourccs[usize::from(number) % fourccs.len()];
    [&[first | (number >> 3) % 8][..], fourcc, raw].concat()
}

/// Each step takes two bytes: what, and a number. Timestamps mostly advance a little, and jump at a few numbers.
fn recipe(bytes: &[u8]) -> Vec<Step> {
    let (mut steps, mut flv, mut time) = (Vec::new(), file_header(true, true).to_vec(), 0_u32);
    for (index, step) in bytes.chunks_exact(2).enumerate() {
        let (what, number) = (step[0], step[1]);
        let advance = match number {
            0..200 => u32::from(number % 50),
            200..230 => 0_u32.wrapping_sub(u32::from(number) * 2),
            230..240 => u32::from(number) * 10,
            240..250 => 0_u32.wrapping_sub(u32::from(number) * 100),
            250..255 => 60_000,
            255 => 1 << 31,
        };
        let raw = bytes.get(index..(index + usize::from(number)).min(bytes.len())).unwrap_or_default();
        match what % 24 {
            0 => push_tag(&mut flv, 9, time, &[&[0x17, 0, 0, 0, 0], AVC[usize::from(number & 1)]].concat()),
            1 => push_tag(&mut flv, 8, time, &[0xaf, 0, 0x12, if number & 1 == 0 { 0x10 } else { 0x08 }]),
            2 | 3 => push_tag(&mut flv, 9, time, &[0x17, 1, 0, 0, number, 0, 0, 0, 2, 0x65, 1]),
            4..=6 => push_tag(&mut flv, 9, time, &[0x27, 1, 0, 0, number, 0, 0, 0, 2, 0x41, 1]),
            7..=9 => push_tag(&mut flv, 8, time, &[0xaf, 1, number, 1]),
            10 => {
                let mut frames = [&MP3[..], &[number; 20]].concat().repeat(2);
                frames.truncate(24 + usize::from(number % 25));
                push_tag(&mut flv, 8, time, &[&[0x2f], &frames[..]].concat());
            }
            11 => push_tag(&mut flv, 9, time, raw),
            12 => push_tag(&mut flv, 8, time, raw),
            13 => {
                steps.push(Step::Bytes(core::mem::take(&mut flv)));
                steps.push(Step::Wait(f64::from(number) * 10.0));
            }
            14 if number < 64 => {
                steps.push(Step::Bytes(core::mem::replace(
                    &mut flv,
                    file_header(number & 1 == 0, true).to_vec(),
                )));
                steps.push(Step::Reconnect);
            }
            14 if number < 128 => {
                steps.push(Step::Bytes(core::mem::take(&mut flv)));
                steps.push(Step::Rebuild);
            }
            15 => push_tag(&mut flv, 9, time, &enhanced(&VIDEO_FOURCCS, 0x90, number, raw)),
            16 => push_tag(&mut flv, 9, time, &enhanced(&VIDEO_FOURCCS, 0xa0, number, raw)),
            17 => push_tag(&mut flv, 8, time, &enhanced(&AUDIO_FOURCCS, 0x90, number, raw)),
            // Legacy names of codecs, in sequence headers and frames.
            18 => push_tag(&mut flv, 9, time, &[&[0x10 | number % 16, number >> 7, 0, 0, 0], raw].concat()),
            19 => push_tag(&mut flv, 8, time, &[&[number << 4 | 0xf, number >> 7], raw].concat()),
            // A sound header in front of what it does not announce.
            20 => push_tag(&mut flv, 9, time, &[&[0x17, 1, 0, 0, number], raw].concat()),
            21 => push_tag(&mut flv, number, time, raw),
            22 => flv.extend_from_slice(raw),
            // A tag that is cut off, so that the next one's bytes are taken for its own.
            23 => {
                push_tag(&mut flv, 8 + (number & 1), time, &[0xaf, 1, number, number]);
                flv.truncate(flv.len() - usize::from(number) % 15);
            }
            _ => push_tag(
                &mut flv,
                18,
                time,
                b"\x02\x00\x0aonMetaData\x08\x00\x00\x00\x01\x00\x08hasAudio\x01\x00",
            ),
        }
        time = time.wrapping_add(advance);
    }
    steps.push(Step::Bytes(flv));
    steps
}

/// Checks what comes out, and sums it up.
#[derive(Default)]
struct Checker {
    declared: [bool; 2],
    initialized: [bool; 2],
    last: [Option<(f64, f64)>; 2],
    started: [bool; 2],
    summary: Vec<(u8, usize, f64)>,
}

impl Checker {
    fn check(&mut self, output: &Output<'_>) {
        let noted = match *output {
            Output::Tracks { video, audio } => {
                assert!(video || audio);
                *self = Self {
                    declared: [video, audio],
                    summary: core::mem::take(&mut self.summary),
                    ..Self::default()
                };
                (0, usize::from(video) * 2 + usize::from(audio), 0.0)
            }
            Output::Init { track, data, mime } => {
                assert!(self.declared[track as usize] && (data.is_empty() != mime.contains("/mp4")));
                self.initialized[track as usize] = true;
                // Behind an init segment decoding starts anew.
                self.started[track as usize] = false;
                (1, data.len(), 0.0)
            }
            Output::Fragment { track, data, decode_time, duration, keyframe, .. } => {
                let index = track as usize;
                assert!(self.initialized[index] && !data.is_empty());
                assert!(keyframe || self.started[index], "starts without a keyframe");
                assert!(decode_time >= 0.0 && duration > 0.0);
                if let Some((last, last_duration)) = self.last[index] {
                    let step = decode_time - last;
                    assert!(step > 0.0, "{track:?} goes back by {step}");
                    assert!(
                        track == Track::Audio || step <= 2.0 * last_duration + 1e-6,
                        "{step} behind {last_duration}"
                    );
                }
                self.last[index] = Some((decode_time, duration));
                self.started[index] = true;
                (2 + index as u8, data.len(), decode_time)
            }
            Output::Metadata(body) => (4, body.len(), 0.0),
            Output::Clock { then, at } => (7, then as usize, at as f64),
            Output::Discontinuity { jump_ms } => (5, 0, jump_ms as f64),
            Output::Warning(_) => (6, 0, 0.0),
        };
        self.summary.push(noted);
    }
}

fn play(steps: &[Step], slice: usize) -> Vec<(u8, usize, f64)> {
    let (mut pipeline, mut checker, mut now_ms) = (Pipeline::new(), Checker::default(), 0.0);
    for step in steps {
        match step {
            Step::Bytes(bytes) => {
                for bytes in bytes.chunks(slice) {
                    let _ = pipeline.push(bytes, now_ms, &mut |output| checker.check(&output));
                }
            }
            Step::Reconnect => pipeline.reconnected(),
            Step::Rebuild => pipeline.restart_output(),
            Step::Wait(ms) => {
                now_ms += ms;
                pipeline.tick(now_ms, &mut |output| checker.check(&output));
            }
        }
        let _ = pipeline.info();
    }
    checker.summary
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let steps = if choice & 0x80 == 0 { recipe(bytes) } else { vec![Step::Bytes(bytes.to_vec())] };
    assert_eq!(play(&steps, usize::from(choice & 0x7f) + 1), play(&steps, usize::MAX));
});
