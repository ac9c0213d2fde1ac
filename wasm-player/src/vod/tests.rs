use super::*;
use flvgate_media::flv::{Tag, TagType, file_header, write_tag};

/// A file of 25 frames a second: its bytes, and time and position of each keyframe.
struct Made {
    bytes: Vec<u8>,
    keyframes: Vec<(i64, u64)>,
    duration: i64,
}

/// `first`: the first timestamp; `gop`: frames between keyframes; `size`: bytes of the frame with that number.
fn make(seconds: u32, first: u32, gop: u32, size: impl Fn(u32) -> usize) -> Made {
    let mut bytes = file_header(true, true).to_vec();
    let mut add = |tag_type, timestamp: u32, body: Vec<u8>| {
        let position = bytes.len() as u64;
        let tag = Tag::parse(tag_type, timestamp.into(), body.into()).expect("it is a tag");
        write_tag(&mut bytes, &tag);
        position
    };
    add(TagType::Video, 0, vec![0x17, 0, 0, 0, 0, 1]);
    add(TagType::Audio, 0, vec![0xaf, 0, 0x12, 0x10]);
    let mut keyframes = Vec::new();
    for frame in 0..seconds * 25 {
        let time = frame * 40;
        let is_key = frame % gop == 0;
        let mut body = vec![if is_key { 0x17 } else { 0x27 }, 1, 0, 0, 0];
        body.resize(5 + size(frame), 0);
        let position = add(TagType::Video, first.wrapping_add(time), body);
        if is_key {
            keyframes.push((i64::from(time), position));
        }
        add(TagType::Audio, first.wrapping_add(time), vec![0xaf, 1, 8, 9]);
    }
    Made { bytes, keyframes, duration: i64::from(seconds) * 1000 - 40 }
}

impl Made {
    fn file(&self) -> File {
        let answer = Answer { length: Some(self.bytes.len() as u64), ..Answer::default() };
        let mut file = File::of(answer, None).expect("it has a length");
        file.duration = Some(self.duration);
        file
    }

    /// Follows a seek, in chunks: the requests that it takes, and the bytes and the time at which playing begins.
    fn follow(&self, mut seek: Seek, offset: i64) -> (Vec<u64>, u64, i64) {
        let mut requests = vec![seek.position()];
        loop {
            let from = seek.position() as usize;
            let mut step = Step::Wait;
            let mut end = from;
            for chunk in self.bytes[from..].chunks(16 << 10) {
                end += chunk.len();
                step = seek.take(chunk, offset, true);
                if step != Step::Wait {
                    break;
                }
            }
            match step {
                Step::Fetch => requests.push(seek.position()),
                Step::Play { position, bytes } => {
                    assert_eq!(bytes, self.bytes[position as usize..end]);
                    let time = self.keyframes.iter().find(|keyframe| keyframe.1 == position);
                    return (requests, position, time.expect("it is a keyframe").0);
                }
                Step::Wait => panic!("the file ends before a keyframe: {requests:?}"),
            }
            assert!(requests.len() < 20, "{requests:?}");
        }
    }
}

#[test]
fn what_has_a_length_is_a_file_unless_the_page_knows_better() {
    let with_length = Answer { length: Some(1000), ..Answer::default() };
    assert!(File::of(with_length, None).is_some_and(|file| file.takes_ranges()));
    assert!(
        File::of(Answer { refuses_ranges: true, ..with_length }, None)
            .is_some_and(|file| !file.takes_ranges())
    );
    assert!(File::of(Answer::default(), None).is_none());
    assert!(File::of(Answer { length: Some(u64::MAX >> 1), ..Answer::default() }, None).is_none());
    assert!(File::of(with_length, Some(true)).is_none());
    assert!(File::of(Answer::default(), Some(false)).is_some_and(|file| !file.takes_ranges()));
}

#[test]
fn a_list_of_keyframes_leads_there_with_one_request() {
    let made = make(120, 0, 50, |frame| 200 + (frame as usize * 37) % 900);
    let mut file = made.file();
    for &(time, position) in &made.keyframes {
        file.index.learn(time, position);
    }
    for target in [0, 1, 2500, 60_000, 60_300, 119_000, 500_000] {
        let (requests, _, time) = made.follow(file.seek(target), 0);
        assert_eq!(requests.len(), 1, "{target}: {requests:?}");
        assert!(time <= target && (time >= target - 2300 || target > 120_000), "{target}: {time}");
    }
}

#[test]
fn without_a_list_a_few_requests_close_in() {
    // A first minute of little, then ten times as much.
    for size in [|_: u32| 2000, |frame: u32| if frame < 1500 { 400 } else { 4000 }] {
        let made = make(300, 0, 50, size);
        for target in [5000, 30_000, 61_000, 150_000, 299_000] {
            let (requests, _, time) = made.follow(made.file().seek(target), 0);
            assert!(requests.len() <= 6, "{target}: {requests:?}");
            assert!(time <= target && time > target - 30_000, "{target}: {time}");
        }
    }
}

#[test]
fn keyframes_that_are_far_apart_are_found_too() {
    let made = make(300, 0, 25 * 40, |_| 2000);
    for target in [39_000, 79_900, 200_100, 250_000] {
        let (requests, _, time) = made.follow(made.file().seek(target), 0);
        assert!(time <= target && time > target - 45_000, "{target}: {time} {requests:?}");
        assert!(requests.len() <= 6, "{requests:?}");
    }
}

#[test]
fn a_list_that_lies_is_not_believed() {
    let made = make(300, 0, 50, |_| 2000);
    let mut file = made.file();
    for &(time, position) in &made.keyframes {
        // The positions of a file that was half as long.
        file.index.learn(time, position * 2);
    }
    let (_, _, time) = made.follow(file.seek(100_000), 0);
    assert!(time <= 100_000 && time > 80_000, "{time}");
}

#[test]
fn timestamps_that_do_not_begin_at_0_are_no_matter() {
    for first in [300_000_u32, u32::MAX - 20_000] {
        let made = make(120, first, 50, |_| 2000);
        let (requests, _, time) = made.follow(made.file().seek(90_000), -i64::from(first));
        assert!(time <= 90_000 && time > 80_000, "{time}: {requests:?}");
    }
}

#[test]
fn what_was_come_across_shortens_the_way() {
    let made = make(300, 0, 50, |frame| if frame < 1500 { 400 } else { 4000 });
    let mut file = made.file();
    // As a player sees them: some bytes early.
    for &(time, position) in made.keyframes.iter().filter(|keyframe| keyframe.0 < 100_000) {
        file.index.learn(time, position.saturating_sub(10_000));
    }
    let (requests, _, time) = made.follow(file.seek(70_000), 0);
    assert_eq!(requests.len(), 1);
    assert!(time <= 70_000 && time > 60_000, "{time}");
    assert!(file.index.position_at(50_000) < file.index.position_at(51_000));
}

#[test]
fn a_server_without_ranges_is_asked_for_the_whole() {
    let made = make(20, 0, 50, |_| 2000);
    let mut file = made.file();
    file.refuse_ranges();
    assert_eq!(made.follow(file.seek(10_000), 0), (vec![0], made.keyframes[0].1, 0));
    assert_eq!(file.tail(), None);
}

#[test]
fn the_end_tells_the_duration_when_nothing_else_does() {
    let made = make(600, 7000, 50, |_| 2000);
    let mut file = made.file();
    file.duration = None;
    let tail = file.tail().expect("it is wanted");
    file.hear_tail(&made.bytes[tail.start as usize..tail.end as usize], -7000);
    assert_eq!(file.duration(), Some(made.duration));
    assert_eq!(file.tail(), None);
    // One that was cut off amid a tag.
    file.duration = None;
    file.hear_tail(&made.bytes[made.bytes.len() - 100_000..made.bytes.len() - 60], -7000);
    assert_eq!(file.duration(), Some(made.duration));
}

#[test]
fn metadata_tells_duration_and_keyframes() {
    let numbers = |numbers: &[f64]| Value::StrictArray(numbers.iter().copied().map(Value::Number).collect());
    let list = [("times", numbers(&[300.0, 302.0])), ("filepositions", numbers(&[500.0, 900.0]))];
    let list = Value::Object(list.map(|(name, value)| (name.to_owned(), value)).to_vec());
    let properties = [("duration", Value::Number(310.5)), ("keyframes", list)];
    let properties = properties.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let mut file = make(1, 0, 25, |_| 10).file();
    file.hear_metadata(&Value::EcmaArray(properties));
    file.starts_at(-300_000);
    assert_eq!(file.duration(), Some(10_500));
    assert_eq!(file.index.around(2500), (Some((2000, 900)), None));
    assert_eq!(file.index.position_at(1000), 700);
}

#[test]
fn loading_pauses_by_time_and_by_bytes_and_goes_on_later() {
    let mut file = make(1, 0, 25, |_| 10).file();
    assert!(!file.should_pause(0, (29_000, 1 << 20), 29_000));
    assert!(file.should_pause(0, (30_000, 1 << 20), 30_000));
    assert!(file.should_pause(15_000, (30_000, 1 << 20), 15_000));
    assert!(!file.should_pause(21_000, (30_000, 1 << 20), 9000));
    assert!(file.should_pause(21_000, (30_000, 20 << 20), 9000));
    // The bytes behind the playhead do not count.
    file.index.learn(21_000, 18 << 20);
    assert!(!file.should_pause(21_000, (30_000, 20 << 20), 9000));
}

#[test]
fn the_index_stays_bounded_and_in_order() {
    let mut index = KeyframeIndex::default();
    for step in 0..100_000_u64 {
        index.learn(step.cast_signed() * 40, step * 1000);
        index.learn(step.cast_signed() * 40 + 7, 5);
    }
    let (before, after) = index.around(2_000_000);
    let (before, after) = (before.expect("before"), after.expect("after"));
    assert!(before.0 <= 2_000_000 && after.0 > 2_000_000 && before.1 < after.1);
}

#[test]
fn the_way_out_of_a_hole_is_forward() {
    let buffered = [(0.08, 5.0), (9.0, 12.0)];
    assert_eq!(way_out(&buffered, 0.0), Some(0.081));
    assert_eq!(way_out(&buffered, 3.0), None);
    assert_eq!(way_out(&buffered, 4.95), Some(9.001));
    assert_eq!(way_out(&buffered, 7.0), Some(9.001));
    assert_eq!(way_out(&buffered, 12.0), None);
}

#[test]
fn no_bytes_panic() {
    let made = make(3, 0, 25, |_| 300);
    for step in 1..60 {
        let mut bytes = made.bytes.clone();
        for at in (step * 13..bytes.len()).step_by(step * 17) {
            bytes[at] = bytes[at].wrapping_mul(31).wrapping_add(9);
        }
        let mut file = made.file();
        file.hear_tail(&bytes, 0);
        let mut seek = file.seek(2000);
        for chunk in bytes.chunks(step * 7) {
            seek.take(chunk, 0, true);
        }
    }
}
