//! Any tags go into every muxer without a panic, and what comes out of the transport stream's is one: whole packets, right
//! continuity counters, CRCs and lengths, a clock that does not go back, from any place where a viewer may start or skip to.
#![no_main]

use flvgate_media::flv::{Tag, TagType};
use flvgate_media::format::{Format, Muxed, Muxer};
use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../src/transport_stream.rs"]
mod transport_stream;

use transport_stream::Analysis;

/// Sound sequence headers, between the frames that the input makes up.
const HEADERS: [(TagType, &[u8]); 6] = [
    (
        TagType::Video,
        b"\x17\x00\x00\x00\x00\x01\x64\x00\x0c\xff\xe1\x00\x05\x67\x64\x00\x0c\xac\x01\x00\x03\x68\xeb\xe3",
    ),
    (
        TagType::Video,
        b"\x90avc1\x01\x64\x00\x0c\xfc\xe1\x00\x05\x67\x64\x00\x0c\xac\x01\x00\x03\x68\xeb\xe4",
    ),
    (
        TagType::Video,
        b"\x1c\x00\x00\x00\x00\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\x01\xa2\x00\x01\x00\x03\x44\x01\xc1",
    ),
    (TagType::Audio, b"\xaf\x00\x12\x10"),
    (TagType::Audio, b"\xaf\x00\x15\x88"),
    (TagType::Audio, b"\x90mp4a\xf8\xe8\x50\x00"),
];

/// Each step takes three bytes: what, a number, and how the clock moves.
fn tags(bytes: &[u8]) -> Vec<Tag> {
    let (mut tags, mut time) = (Vec::new(), 1_u64 << 20);
    for (index, step) in bytes.chunks_exact(3).enumerate() {
        let [what, number, clock] = [step[0], step[1], step[2]];
        time = match clock {
            0..200 => time.wrapping_add(u64::from(clock)),
            200..230 => time.saturating_sub(u64::from(clock)),
            230..254 => time.wrapping_add(u64::from(clock) * 20),
            254 => time.wrapping_add(u64::from(number) << 56 | 1 << 33),
            255 => u64::from(number),
        };
        let raw = bytes.get(index..(index + usize::from(number)).min(bytes.len())).unwrap_or_default();
        let nal = |first: &[u8], header: u8| {
            let len = u32::from(number) * u32::from(number) + 1;
            [first, &[0, 0, clock][..], &len.to_be_bytes(), &[header], &vec![clock; len as usize - 1]].concat()
        };
        let (tag_type, body) = match what % 16 {
            which @ 0..6 => (HEADERS[usize::from(which)].0, HEADERS[usize::from(which)].1.to_vec()),
            6 => (TagType::Video, nal(&[0x17, 1], 0x65)),
            7 | 8 => (TagType::Video, nal(&[0x27, 1], 0x41)),
            9 => (TagType::Video, nal(&[0x1c, 1], 0x26)),
            10 => (TagType::Video, nal(&[0x17, 1], number)),
            11 | 12 => (TagType::Audio, [&[0xaf, 1][..], &vec![clock; usize::from(number)]].concat()),
            13 => (
                TagType::Audio,
                [&[0x2f, 0xff, 0xf3 | clock & 8, 0x90, 0x64][..], &vec![0; usize::from(number) * 2]].concat(),
            ),
            14 => (TagType::Video, raw.to_vec()),
            _ => (TagType::Audio, raw.to_vec()),
        };
        tags.extend(Tag::parse(tag_type, time, body.into()));
    }
    tags
}

fn mux(format: Format, tags: &[Tag], flush_every: usize) -> Vec<Muxed> {
    let (mut muxer, mut out) = (Muxer::new(format), Vec::new());
    for (index, tag) in tags.iter().enumerate() {
        muxer.push(tag, &mut out);
        if index % flush_every == flush_every - 1 {
            muxer.flush(&mut out);
        }
    }
    muxer.flush(&mut out);
    out
}

fn check(pieces: &[&[u8]]) -> Analysis {
    match Analysis::of_any_times(&pieces.concat()) {
        Ok(analysis) => analysis,
        Err(complaint) => panic!("{complaint}"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&flushes, bytes)) = bytes.split_first() else { return };
    let tags = tags(&bytes[..bytes.len().min(900)]);
    for format in [Format::Flv, Format::Mp3, Format::Aac] {
        for muxed in mux(format, &tags, usize::MAX) {
            assert!(!muxed.bytes.is_empty() && muxed.resync.is_empty());
        }
    }
    let muxed = mux(Format::Ts, &tags, usize::from(flushes) + 1);
    check(&muxed.iter().map(|muxed| &muxed.bytes[..]).collect::<Vec<_>>());
    let starts: Vec<_> = (0..muxed.len()).filter(|index| muxed[*index].random_access).collect();
    for start in starts {
        assert!(!muxed[start].resync.is_empty());
        let from: Vec<_> = muxed[start..].iter().map(|muxed| &muxed.bytes[..]).collect();
        let first = &check(&from).pes[0];
        assert!(first.random_access);
        let skipped = [&[&muxed[0].bytes[..], &muxed[start].resync][..], &from].concat();
        if muxed[0].random_access && start > 0 {
            check(&skipped);
        }
    }
});
