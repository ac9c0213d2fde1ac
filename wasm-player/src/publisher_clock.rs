//! The publisher's wall clock, where it sends one: how old a picture is when it is shown.
//!
//! Two are read, both in milliseconds and modulo [`PERIOD`], so that neither the date nor the time zone matters:
//!
//! - a precision time stamp in a user data SEI message of the picture (MISB ST 0604, "MISPmicrosectime"), which every server
//!   passes on, because it is in the video;
//! - the time of day `st` of `onFI` script data, as Flash Media Live Encoder and its followers send it.

/// Time zones differ by multiples of this, and no latency comes near it.
pub const PERIOD: i64 = 15 * 60 * 1000;

/// A time stamp in SEI is among the first bytes of a frame, before the picture itself.
const SEARCHED: usize = 512;
const SEI_UUID: &[u8; 16] = b"MISPmicrosectime";
/// In `onFI`: a property `st`, a string of 12 characters, `HH:MM:SS.mmm`.
const ON_FI: &[u8] = b"\x02\x00\x04onFI";
const TIME_OF_DAY: &[u8; 7] = b"\x00\x02st\x02\x00\x0c";

/// The clock in a video frame.
#[must_use]
pub fn of_frame(frame: &[u8]) -> Option<i64> {
    let start = frame.get(..SEARCHED).unwrap_or(frame);
    let found = behind(start, SEI_UUID)?;
    // The status, then microseconds in four pieces with 0xff between them.
    let &[_, a, b, 0xff, c, d, 0xff, e, f, 0xff, g, h] = frame.get(found..found + 12)? else { return None };
    let microseconds = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    Some((microseconds / 1000 % PERIOD as u64).cast_signed())
}

/// The clock in the body of a script tag.
#[must_use]
pub fn of_script(body: &[u8]) -> Option<i64> {
    let found = behind(body.strip_prefix(ON_FI)?, TIME_OF_DAY)? + ON_FI.len();
    let text = body.get(found..found + 12)?;
    let number = |digits: core::ops::Range<usize>| {
        text[digits].iter().fold(0, |number, &digit| number * 10 + i64::from(digit & 15))
    };
    let minutes = number(0..2) * 60 + number(3..5);
    Some(((minutes * 60 + number(6..8)) * 1000 + number(9..12)) % PERIOD)
}

/// How old what is shown is, in seconds: `now` is this side's clock, `then` the publisher's at a picture that is shown
/// `ahead` later than what is shown now; all in milliseconds. Negative when the clocks differ by more than the latency.
#[must_use]
pub fn latency(now: f64, then: i64, ahead: f64) -> f64 {
    let age = (now + ahead) as i64 - then;
    // Into half a period to either side of 0.
    ((age + PERIOD / 2).rem_euclid(PERIOD) - PERIOD / 2) as f64 / 1000.0
}

fn behind<const N: usize>(bytes: &[u8], wanted: &[u8; N]) -> Option<usize> {
    Some(bytes.windows(N).position(|window| window == wanted)? + N)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(microseconds: u64) -> Vec<u8> {
        let [a, b, c, d, e, f, g, h] = microseconds.to_be_bytes();
        let mut frame = vec![0, 0, 0, 32, 6, 5, 28];
        frame.extend_from_slice(SEI_UUID);
        frame.extend_from_slice(&[0x1f, a, b, 0xff, c, d, 0xff, e, f, 0xff, g, h, 0x80]);
        frame.extend_from_slice(&[0, 0, 0, 2, 0x65, 0x88]);
        frame
    }

    #[test]
    fn a_time_stamp_in_the_video_tells_the_age() {
        let sent = 1_795_000_000_123_u64;
        let then = of_frame(&frame(sent * 1000 + 456)).expect("it has one");
        let age = |milliseconds: i64| latency((sent.cast_signed() + milliseconds) as f64, then, 0.0);
        assert_eq!([age(80), age(60_000), age(-20), age(0)], [0.08, 60.0, -0.02, 0.0]);
        assert_eq!(latency(sent as f64, then, 250.0), 0.25);
    }

    #[test]
    fn the_time_of_day_tells_it_in_any_zone() {
        let body = |text: &[u8]| [ON_FI, b"\x03\x00\x02sd\x02\x00\x0a23-11-2026", TIME_OF_DAY, text].concat();
        // 1795412530500 is 2026-11-23, 05:42:10.5 UTC.
        let now = 1_795_412_530_500.0;
        for text in [b"05:42:10.300", b"11:12:10.300", b"21:27:10.300"] {
            assert_eq!(of_script(&body(text)).map(|then| latency(now, then, 0.0)), Some(0.2));
        }
    }

    #[test]
    fn what_has_no_clock_has_none() {
        for bytes in
            [&b""[..], b"MISPmicrosectime", &[0; 600], b"\x02\x00\x04onFI\x03\x00\x02st\x02\x00\x0c04:"]
        {
            assert_eq!((of_frame(bytes), of_script(bytes)), (None, None));
        }
        assert_eq!(of_script(b"\x02\x00\x0aonMetaData\x03\x00\x02st\x02\x00\x0c04:22:10.300"), None);
        assert!(of_script(b"\x02\x00\x04onFI\x03\x00\x02st\x02\x00\x0c::::\xff\xff\xff\xff....").is_some());
    }
}
