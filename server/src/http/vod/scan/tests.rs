use super::*;
use flvgate_media::amf0::{Value, encode_all};
use flvgate_media::flv::{Demuxer, Event};
use std::io::Write;

const ENDLESS: Patience = Patience { before_list: None, before_refusal: Duration::MAX };

/// Frames in a test's file: enough for the clock to be looked at some times.
const FRAMES: u64 = 4000;

/// A file with a keyframe every 10 frames, 40 ms apart, whose second half has another sequence header. Returns the
/// keyframes' positions too. `list` makes what the file says of them.
fn recording(list: impl Fn(&[u64]) -> Vec<u64>) -> (File, Vec<u64>) {
    // The list's length is the same in every round, so the second round's positions are right.
    let count = FRAMES.div_ceil(10) as usize;
    let (_, positions) = bytes(&vec![0; list(&vec![0; count]).len()]);
    let (bytes, positions) = bytes(&list(&positions));
    (temporary(&bytes), positions)
}

fn bytes(list: &[u64]) -> (Vec<u8>, Vec<u64>) {
    let numbers = |numbers: Vec<f64>| Value::StrictArray(numbers.into_iter().map(Value::Number).collect());
    let times = (0..list.len()).map(|index| index as f64 * 0.4).collect();
    let positions = list.iter().map(|&position| position as f64).collect();
    let keyframes = vec![("times".into(), numbers(times)), ("filepositions".into(), numbers(positions))];
    let metadata =
        vec![("duration".into(), Value::Number(160.0)), ("keyframes".into(), Value::Object(keyframes))];
    let mut bytes = file_header(true, true).to_vec();
    let mut push = |tag_type, timestamp, body: Vec<u8>| {
        let position = bytes.len() as u64;
        write_tag(&mut bytes, &Tag::parse(tag_type, timestamp, body.into()).unwrap());
        position
    };
    push(TagType::Script, 0, encode_all(&["onMetaData".into(), Value::EcmaArray(metadata)]));
    let mut positions = Vec::new();
    for frame in 0..FRAMES {
        if frame == 0 || frame == FRAMES / 2 {
            push(TagType::Video, frame * 40, vec![0x17, 0, 0, 0, 0, u8::from(frame > 0)]);
        }
        let first = if frame % 10 == 0 { 0x17 } else { 0x27 };
        let position = push(TagType::Video, frame * 40, [vec![first, 1, 0, 0, 0], vec![7; 300]].concat());
        if frame % 10 == 0 {
            positions.push(position);
        }
    }
    (bytes, positions)
}

fn temporary(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn new_index(file: &File) -> Index {
    Index::new(file.metadata().unwrap().len())
}

fn part(plan: Plan) -> (Vec<(TagType, u32, Vec<u8>)>, u64) {
    let Plan::Part { prefix, from } = plan else { panic!("a part is expected") };
    let mut tags = Vec::new();
    let push = Demuxer::new().push(&prefix, |event| {
        if let Event::Tag(tag) = event {
            tags.push((tag.tag_type, tag.timestamp, tag.body.to_vec()));
        }
    });
    push.unwrap();
    (tags, from)
}

#[test]
fn a_part_begins_with_what_is_in_force_at_its_keyframe() {
    let (mut file, positions) = recording(<[u64]>::to_vec);
    let mut index = new_index(&file);
    for (keyframe, header) in [(150, 0), (250, 1)] {
        let start = Start::Byte(positions[keyframe] + 1000);
        let (tags, from) = part(plan(&mut file, &mut index, start, ENDLESS).unwrap());
        let time = keyframe as u32 * 400;
        assert_eq!(from, positions[keyframe]);
        assert_eq!((tags[0].0, tags[0].1), (TagType::Script, 0));
        let limits = SCRIPT_LIMITS;
        assert_eq!(
            KeyframeList::parse(&tags[0].2, limits),
            KeyframeList::default(),
            "positions are the file's"
        );
        assert_eq!(tags[1], (TagType::Video, time, vec![0x17, 0, 0, 0, 0, header]));
        assert_eq!(tags.len(), 2);
        let same = plan(&mut file, &mut index, Start::Time(u64::from(time) + 399), ENDLESS).unwrap();
        assert_eq!(part(same).1, from);
    }
}

#[test]
fn the_files_own_list_is_believed_where_it_is_true_when_there_is_no_time() {
    let hurried = Patience { before_list: Some(Duration::ZERO), before_refusal: Duration::MAX };
    let (mut file, positions) = recording(<[u64]>::to_vec);
    let mut index = new_index(&file);
    let (_, from) = part(plan(&mut file, &mut index, Start::Byte(positions[390] + 5), hurried).unwrap());
    assert_eq!(from, positions[390]);
    assert!(!index.covers(Start::Byte(positions[390])), "the file was not looked through");

    // Each of these positions is a little off.
    let (mut file, positions) =
        recording(|positions| positions.iter().map(|position| position + 3).collect());
    let mut index = new_index(&file);
    let (_, from) = part(plan(&mut file, &mut index, Start::Byte(positions[390] + 5), hurried).unwrap());
    assert_eq!(from, positions[390]);
    assert!(index.covers(Start::Byte(positions[390])));
}

#[test]
fn a_request_that_is_put_off_has_not_looked_in_vain() {
    let (mut file, positions) = recording(|_| Vec::new());
    let mut index = new_index(&file);
    let none = Patience { before_list: Some(Duration::ZERO), before_refusal: Duration::ZERO };
    let mut refusals = 0;
    let from = loop {
        match plan(&mut file, &mut index, Start::Byte(positions[300]), none) {
            Err(ScanError::NotYet) => refusals += 1,
            planned => break part(planned.unwrap()).1,
        }
    };
    assert_eq!((from, refusals), (positions[300], (3000 + 3) / TAGS_PER_GLANCE));
}

#[test]
fn what_has_no_such_place_is_said_to_have_none() {
    let (mut file, positions) = recording(<[u64]>::to_vec);
    let mut index = new_index(&file);
    assert_eq!(plan(&mut file, &mut index, Start::Byte(positions[0] - 1), ENDLESS).unwrap(), Plan::Whole);
    let last = (FRAMES - 1) * 40;
    // The end itself is where the last keyframe is: players ask for it who know how long the recording lasts.
    for end in [last, last + 40, last + TAIL] {
        let there = plan(&mut file, &mut index, Start::Time(end), ENDLESS).unwrap();
        assert_eq!(part(there).1, *positions.last().unwrap());
    }
    let behind = plan(&mut file, &mut index, Start::Time(last + TAIL + 1), ENDLESS);
    assert!(matches!(behind, Err(ScanError::BehindEnd)));

    let mut page = temporary(b"<!doctype html><p>not a video</p>");
    let mut index = new_index(&page);
    let error = plan(&mut page, &mut index, Start::Byte(5), ENDLESS).unwrap_err().to_string();
    assert!(error.contains("not FLV") && error.contains("FLV signature"), "{error}");
}

#[test]
fn a_file_that_has_become_shorter_is_no_panic() {
    let (mut file, positions) = recording(<[u64]>::to_vec);
    let mut index = new_index(&file);
    assert!(plan(&mut file, &mut index, Start::Byte(u64::MAX), ENDLESS).is_ok());
    file.set_len(positions[10]).unwrap();
    for byte in [1, positions[5], positions[390], u64::MAX] {
        let _ = plan(&mut file, &mut index, Start::Byte(byte), ENDLESS);
    }
}
