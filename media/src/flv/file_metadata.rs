//! What the `onMetaData` of a file says that one of a live stream does not: how long it is, and where its keyframes are.

use alloc::vec::Vec;

use super::Start;
use super::script::parse;
use crate::amf0::{self, Limits, Value};

/// Properties that are about the file's bytes, and so are wrong in an answer that has only some of them.
const ABOUT_BYTES: [&str; 7] =
    ["filesize", "datasize", "videosize", "audiosize", "keyframes", "hasKeyframes", "lastkeyframelocation"];

/// Where the keyframes of a file are, as its writer says (`keyframes { times, filepositions }`): not to be believed
/// before the file has been looked at there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyframeList {
    /// Milliseconds after the start, and bytes from the start of the file, in the order of the list.
    pub keyframes: Vec<(u64, u64)>,
}

impl KeyframeList {
    /// Reads the list from the body of an `onMetaData` script tag; empty when there is none.
    #[must_use]
    pub fn parse(body: &[u8], limits: Limits) -> Self {
        let Ok((_, properties)) = parse(body, limits) else { return Self::default() };
        let list = properties.iter().find(|(name, _)| name == "keyframes").map(|(_, list)| list);
        let numbers = |name| match list.and_then(|list| list.property(name)) {
            Some(Value::StrictArray(values)) => &values[..],
            _ => &[],
        };
        let pairs = numbers("times").iter().zip(numbers("filepositions"));
        let keyframes = pairs.filter_map(|(time, position)| {
            Some((whole(time.as_number()? * 1000.0)?, whole(position.as_number()?)?))
        });
        Self { keyframes: keyframes.collect() }
    }

    /// The position of the last keyframe at or before `start`, in bytes.
    #[must_use]
    pub fn find(&self, start: Start) -> Option<u64> {
        let reached = |&&(time, position): &&(u64, u64)| match start {
            Start::Byte(byte) => position <= byte,
            Start::Time(wanted) => time <= wanted,
        };
        self.keyframes.iter().take_while(reached).last().map(|&(_, position)| position)
    }
}

/// The body of the `onMetaData` tag for an answer that is a part of a file: without what is about the file's bytes. Its
/// duration stays the whole file's, as the timestamps do. `None` when `body` is none.
#[must_use]
pub fn metadata_of_part(body: &[u8], limits: Limits) -> Option<Vec<u8>> {
    let (name, mut properties) = parse(body, limits).ok()?;
    if name != "onMetaData" {
        return None;
    }
    properties.retain(|(name, _)| !ABOUT_BYTES.contains(&name.as_str()));
    Some(amf0::encode_all(&["onMetaData".into(), Value::EcmaArray(properties)]))
}

/// The number as an integer, when it is one that a file can have.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> Option<u64> {
    /// Where numbers stop to have every integer.
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    (0.0..LIMIT).contains(&number).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { depth: 8, size: 4096 };

    fn body(list: Value) -> Vec<u8> {
        let properties = [
            ("duration", Value::Number(9.5)),
            ("filesize", Value::Number(1000.0)),
            ("keyframes", list),
            ("width", Value::Number(320.0)),
        ];
        let properties = properties.map(|(name, value)| (name.to_owned(), value)).to_vec();
        amf0::encode_all(&["onMetaData".into(), Value::EcmaArray(properties)])
    }

    fn list(times: &[f64], positions: &[f64]) -> Value {
        let numbers =
            |numbers: &[f64]| Value::StrictArray(numbers.iter().copied().map(Value::Number).collect());
        let properties = [("filepositions", numbers(positions)), ("times", numbers(times))];
        Value::Object(properties.map(|(name, value)| (name.to_owned(), value)).to_vec())
    }

    #[test]
    fn the_last_keyframe_at_or_before_is_found() {
        let list = KeyframeList::parse(&body(list(&[0.0, 2.0, 4.0], &[300.0, 500.0, 800.0])), LIMITS);
        assert_eq!(list.keyframes, [(0, 300), (2000, 500), (4000, 800)]);
        assert_eq!(list.find(Start::Byte(299)), None);
        assert_eq!(list.find(Start::Byte(799)), Some(500));
        assert_eq!(list.find(Start::Byte(5000)), Some(800));
        assert_eq!(list.find(Start::Time(2000)), Some(500));
        assert_eq!(list.find(Start::Time(1999)), Some(300));
    }

    #[test]
    fn numbers_that_no_file_has_are_left_out() {
        let list = list(&[0.0, f64::NAN, -1.0, 4.0, 5.0], &[300.0, 400.0, 500.0, 1e300]);
        assert_eq!(KeyframeList::parse(&body(list), LIMITS).keyframes, [(0, 300)]);
        assert_eq!(KeyframeList::parse(&body(Value::Null), LIMITS), KeyframeList::default());
        assert_eq!(KeyframeList::parse(b"\x02\x00", LIMITS), KeyframeList::default());
    }

    #[test]
    fn metadata_of_a_part_keeps_the_duration_and_loses_the_positions() {
        let part = metadata_of_part(&body(Value::Null), LIMITS).unwrap();
        let values = amf0::decode_all(&part, LIMITS).unwrap();
        let names: Vec<_> = values[1].properties().unwrap().iter().map(|(name, _)| &name[..]).collect();
        assert_eq!(names, ["duration", "width"]);
        assert_eq!(metadata_of_part(b"\x02\x00\x01a", LIMITS), None);
    }
}
