use super::super::{LOOK_LEN, Tag, TagType, file_header, write_tag};
use super::*;
use bytes::Bytes;
use proptest::prelude::*;

/// What a file is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    Metadata,
    VideoHeader,
    AudioHeader,
    Keyframe,
    Inter,
    Audio,
}

/// A file of `pieces`, each 20 ms after the one before, and the position of each.
fn file(pieces: &[(Piece, usize)]) -> (Vec<u8>, Vec<u64>) {
    let mut bytes = file_header(true, true).to_vec();
    let mut positions = Vec::new();
    for (index, &(piece, size)) in pieces.iter().enumerate() {
        let (tag_type, start) = match piece {
            Piece::Metadata => (TagType::Script, &b"\x02\x00\x0aonMetaData\x08\0\0\0\0\0\0\x09"[..]),
            Piece::VideoHeader => (TagType::Video, &[0x17, 0, 0, 0, 0][..]),
            Piece::AudioHeader => (TagType::Audio, &[0xaf, 0][..]),
            Piece::Keyframe => (TagType::Video, &[0x17, 1, 0, 0, 10][..]),
            Piece::Inter => (TagType::Video, &[0x27, 1, 0, 0, 0][..]),
            Piece::Audio => (TagType::Audio, &[0xaf, 1][..]),
        };
        let body = [start, &vec![0x55; size]].concat();
        positions.push(bytes.len() as u64);
        write_tag(&mut bytes, &Tag::parse(tag_type, 1000 + 20 * index as u64, Bytes::from(body)).unwrap());
    }
    (bytes, positions)
}

fn bytes_at(file: &[u8], position: u64) -> &[u8] {
    let rest = &file[position as usize..];
    &rest[..rest.len().min(LOOK_LEN)]
}

fn index(file: &[u8]) -> Index {
    let mut index = Index::new(file.len() as u64);
    while let Some(position) = index.position() {
        index.look(bytes_at(file, position));
    }
    index
}

fn entry(file: &[u8], index: &Index, start: Start) -> Option<Entry> {
    let mut search = index.search(start)?;
    while let Some(position) = search.position() {
        if !search.look(bytes_at(file, position)).is_ok_and(|go_on| go_on) {
            break;
        }
    }
    Some(*search.found())
}

fn plain(pieces: &[Piece]) -> (Vec<u8>, Vec<u64>) {
    file(&pieces.iter().map(|&piece| (piece, 100)).collect::<Vec<_>>())
}

#[test]
fn the_headers_in_force_are_those_of_the_place_not_of_the_start() {
    use Piece::{Audio, AudioHeader, Inter, Keyframe, Metadata, VideoHeader};
    let (bytes, positions) = plain(&[
        Metadata,
        VideoHeader,
        AudioHeader,
        Keyframe,
        Audio,
        Inter,
        VideoHeader,
        Keyframe,
        AudioHeader,
        Inter,
        Keyframe,
    ]);
    let index = index(&bytes);
    let spans = |byte| {
        let entry = entry(&bytes, &index, Start::Byte(byte)).unwrap();
        let spans: Vec<_> = entry.in_force.spans().map(|span| span.position).collect();
        (entry.position, spans)
    };
    assert_eq!(spans(positions[7] - 1), (positions[3], vec![positions[0], positions[1], positions[2]]));
    assert_eq!(spans(positions[7]), (positions[7], vec![positions[0], positions[6], positions[2]]));
    assert_eq!(spans(u64::MAX), (positions[10], vec![positions[0], positions[6], positions[8]]));
    assert_eq!(entry(&bytes, &index, Start::Byte(positions[3] - 1)), None);
}

#[test]
fn what_enhanced_rtmp_adds_is_in_force_too() {
    let mut bytes = file_header(true, true).to_vec();
    let mut positions = Vec::new();
    for (tag_type, body) in [
        (TagType::Video, &b"\x90hvc1header"[..]),
        (TagType::Video, b"\x94hvc1colour"),
        (TagType::Audio, b"\x90Opusheader"),
        (TagType::Audio, b"\x94Opuschannels"),
        (TagType::Audio, b"\x91Opusframe"),
        (TagType::Video, b"\x91hvc1\0\0\0frame"),
        (TagType::Video, b"\xa3hvc1frame"),
    ] {
        positions.push(bytes.len() as u64);
        write_tag(&mut bytes, &Tag::parse(tag_type, 0, Bytes::from_static(body)).unwrap());
    }
    let found = entry(&bytes, &index(&bytes), Start::Byte(u64::MAX)).unwrap();
    let spans: Vec<_> = found.in_force.spans().map(|span| span.position).collect();
    assert_eq!((found.position, spans), (positions[5], positions[..4].to_vec()));
}

#[test]
fn time_counts_from_the_first_frame_by_timestamps() {
    use Piece::{Inter, Keyframe, VideoHeader};
    // Frames at 1020, 1040, ...: the first one's time is 0. That a keyframe is shown 10 ms later does not count.
    let (bytes, positions) = plain(&[VideoHeader, Keyframe, Inter, Keyframe, Inter]);
    let index = index(&bytes);
    let found = |time| entry(&bytes, &index, Start::Time(time)).map(|entry| entry.position);
    assert_eq!(found(0), Some(positions[1]));
    assert_eq!(found(39), Some(positions[1]));
    assert_eq!(found(40), Some(positions[3]));
    assert_eq!(found(u64::MAX), Some(positions[3]));
    assert_eq!((index.walk().first_timestamp(), index.walk().last_timestamp()), (Some(1020), 1080));
}

#[test]
fn any_audio_frame_is_an_entry_of_a_file_without_video() {
    let (bytes, positions) = plain(&[Piece::AudioHeader, Piece::Audio, Piece::Audio, Piece::Audio]);
    let index = index(&bytes);
    let found = entry(&bytes, &index, Start::Byte(positions[2] + 5)).unwrap();
    assert_eq!((found.position, found.is_video), (positions[2], false));
}

#[test]
fn a_cut_file_and_a_damaged_one_are_read_up_to_there() {
    let (mut bytes, positions) =
        plain(&[Piece::VideoHeader, Piece::Keyframe, Piece::Keyframe, Piece::Keyframe]);
    let cut = &bytes[..positions[3] as usize + 50];
    let all = Start::Byte(u64::MAX);
    assert_eq!(entry(cut, &index(cut), all).unwrap().position, positions[2]);
    bytes[positions[2] as usize] = 0xff;
    let damaged = index(&bytes);
    assert!(damaged.damage().is_some());
    assert_eq!(entry(&bytes, &damaged, all).unwrap().position, positions[1]);
    for not_flv in [&b""[..], b"FLV", b"<!doctype html><p>This is no video, whatever its name says.</p>"] {
        assert_eq!(entry(not_flv, &index(not_flv), all), None);
    }
}

#[test]
fn an_index_is_bounded_and_finds_what_it_left_out() {
    let pieces = vec![(Piece::Keyframe, 10); 5 * MAX_ENTRIES];
    let (bytes, positions) = file(&pieces);
    let index = index(&bytes);
    assert!(index.entries.len() <= MAX_ENTRIES);
    for position in positions.iter().step_by(97) {
        assert_eq!(entry(&bytes, &index, Start::Byte(*position)).unwrap().position, *position);
    }
}

#[test]
fn half_an_index_knows_what_it_covers() {
    let (bytes, positions) = plain(&[Piece::Keyframe, Piece::Inter, Piece::Keyframe, Piece::Inter]);
    let mut index = Index::new(bytes.len() as u64);
    while index.position().unwrap() <= positions[2] {
        let position = index.position().unwrap();
        index.look(bytes_at(&bytes, position));
    }
    assert!(index.covers(Start::Byte(positions[2])) && !index.covers(Start::Byte(positions[3])));
    assert!(index.covers(Start::Time(39)) && !index.covers(Start::Time(40)));
}

fn pieces() -> impl Strategy<Value = Vec<(Piece, usize)>> {
    use Piece::{Audio, AudioHeader, Inter, Keyframe, Metadata, VideoHeader};
    let piece = prop::sample::select(vec![Metadata, VideoHeader, AudioHeader, Keyframe, Inter, Audio]);
    prop::collection::vec((piece, 0..200usize), 0..60)
}

proptest! {
    #[test]
    fn every_byte_leads_to_the_last_entry_at_or_before_it(pieces in pieces(), byte in 0..12_000u64) {
        let (bytes, positions) = file(&pieces);
        let index = index(&bytes);
        let first_video = pieces.iter().position(|(piece, _)| {
            matches!(piece, Piece::VideoHeader | Piece::Keyframe | Piece::Inter)
        });
        let is_entry = |at: usize| match pieces[at].0 {
            Piece::Keyframe => true,
            Piece::Audio => first_video.is_none_or(|first| at < first),
            _ => false,
        };
        let expected = (0..pieces.len()).rfind(|&at| is_entry(at) && positions[at] <= byte);
        let found = entry(&bytes, &index, Start::Byte(byte));
        prop_assert_eq!(found.map(|found| found.position), expected.map(|at| positions[at]));
        if let (Some(at), Some(found)) = (expected, found) {
            let last = |wanted: Piece| (0..at).rfind(|&at| pieces[at].0 == wanted).map(|at| positions[at]);
            let position = |span: Option<super::super::Span>| span.map(|span| span.position);
            prop_assert_eq!(position(found.in_force.video), last(Piece::VideoHeader));
            prop_assert_eq!(position(found.in_force.audio), last(Piece::AudioHeader));
            prop_assert_eq!(position(found.in_force.metadata), last(Piece::Metadata));
        }
    }

    #[test]
    fn no_bytes_panic_and_every_walk_ends(
        pieces in pieces(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        start in prop_oneof![any::<u64>().prop_map(Start::Byte), (0..2000u64).prop_map(Start::Time)],
    ) {
        let (mut bytes, _) = file(&pieces);
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let index = index(&bytes);
        if let Some(found) = entry(&bytes, &index, start) {
            prop_assert!(found.position < bytes.len() as u64);
            for span in found.in_force.spans() {
                prop_assert!(span.position + span.len <= found.position);
            }
        }
    }
}
