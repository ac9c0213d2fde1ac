//! A file of several tracks, made of what was written for one track each.

use alloc::vec::Vec;

use super::boxes::BoxWriter;

/// Where `mfhd.sequence_number` and `tfdt.baseMediaDecodeTime` stand in what [`write_fragment`](super::write_fragment) writes.
const SEQUENCE_NUMBER: usize = 20;
const DECODE_TIME: usize = 60;

/// Appends one initialization segment with the tracks of all `segments`, each as
/// [`write_init_segment`](super::write_init_segment) writes it; their track numbers must differ.
pub fn join_init_segments(segments: &[&[u8]], out: &mut Vec<u8>) {
    let Some(first) = segments.first() else { return };
    let w = &mut BoxWriter::new(out);
    w.bytes(find(first, &[b"ftyp"]));
    w.plain(b"moov", |w| {
        w.bytes(find(first, &[b"moov", b"mvhd"]));
        for segment in segments {
            w.bytes(find(segment, &[b"moov", b"trak"]));
        }
        w.plain(b"mvex", |w| {
            for segment in segments {
                w.bytes(find(segment, &[b"moov", b"mvex", b"trex"]));
            }
        });
    });
}

/// Ticks per second of an initialization segment's track; 0 if it is none.
#[must_use]
pub fn timescale(segment: &[u8]) -> u32 {
    let mdhd = find(segment, &[b"moov", b"trak", b"mdia", b"mdhd"]);
    mdhd.get(20..24).and_then(|field| field.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// Gives a fragment, as [`write_fragment`](super::write_fragment) writes it, another number, and moves it back by `ticks`.
pub fn move_fragment(fragment: &mut [u8], sequence_number: u32, ticks: i64) {
    if let Some(field) = fragment.get_mut(SEQUENCE_NUMBER..SEQUENCE_NUMBER + 4) {
        field.copy_from_slice(&sequence_number.to_be_bytes());
    }
    if let Some(field) = fragment.get_mut(DECODE_TIME..DECODE_TIME + 8) {
        let time = field.iter().fold(0_u64, |time, &byte| time << 8 | u64::from(byte));
        field.copy_from_slice(&time.saturating_add_signed(-ticks).to_be_bytes());
    }
}

/// The box at the end of a path, header and all; empty if there is none.
fn find<'a>(mut bytes: &'a [u8], path: &[&[u8; 4]]) -> &'a [u8] {
    let mut found: &[u8] = &[];
    for name in path {
        loop {
            let Some((&[s3, s2, s1, s0, n0, n1, n2, n3], _)) = bytes.split_first_chunk() else { return &[] };
            let size = u32::from_be_bytes([s3, s2, s1, s0]) as usize;
            let Some((this, rest)) = bytes.split_at_checked(size.max(8)) else { return &[] };
            if [n0, n1, n2, n3] == **name {
                found = this;
                bytes = &this[8..];
                break;
            }
            bytes = rest;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{Fragment, InitSegment, Media, SampleEntry, esds, write_fragment, write_init_segment};
    use super::*;

    fn init(track_id: u32, timescale: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let config = esds(&[0x12, 0x10]);
        let media = Media::Audio { sample_rate: timescale, channels: 2 };
        let sample_entry = SampleEntry { names: *b"mp4aesds", config: &config, media };
        write_init_segment(&InitSegment { track_id, timescale, sample_entry }, &mut out);
        out
    }

    #[test]
    fn joined_segments_have_all_tracks() {
        let (one, two) = (init(1, 48_000), init(2, 44_100));
        let mut joined = Vec::new();
        join_init_segments(&[&one, &two], &mut joined);
        let count = |name: &[u8]| joined.windows(4).filter(|window| *window == name).count();
        assert_eq!([count(b"ftyp"), count(b"mvhd"), count(b"trak"), count(b"trex")], [1, 1, 2, 2]);
        let sizes = joined.len() - find(&joined, &[b"ftyp"]).len();
        assert_eq!(find(&joined, &[b"moov"]).len(), sizes);
        assert_eq!((timescale(&one), timescale(&two), timescale(&joined)), (48_000, 44_100, 48_000));
        let mut alone = Vec::new();
        join_init_segments(&[&one], &mut alone);
        assert_eq!(alone, one);
    }

    #[test]
    fn a_moved_fragment_differs_in_number_and_time_alone() {
        let fragment = |sequence_number, decode_time| {
            let mut out = Vec::new();
            let (duration, composition_offset, keyframe) = (3000, -7, true);
            let data = &[1, 2, 3];
            write_fragment(
                &Fragment {
                    sequence_number,
                    track_id: 1,
                    decode_time,
                    duration,
                    composition_offset,
                    keyframe,
                    data,
                },
                &mut out,
            );
            out
        };
        let mut moved = fragment(7, 1 << 40);
        move_fragment(&mut moved, 9, 1000);
        assert_eq!(moved, fragment(9, (1 << 40) - 1000));
        move_fragment(&mut moved, 9, i64::MAX);
        assert_eq!(moved, fragment(9, 0));
        move_fragment(&mut moved, 9, -5);
        assert_eq!(moved, fragment(9, 5));
    }

    #[test]
    fn what_is_no_segment_gives_nothing() {
        for bytes in [&b""[..], b"\0\0\0\x08free", b"\0\0\0\x01moov", b"\xff\xff\xff\xffmoovxxxx"] {
            assert_eq!(timescale(bytes), 0);
            move_fragment(&mut bytes.to_vec(), 1, 1);
            join_init_segments(&[bytes], &mut Vec::new());
        }
    }
}
