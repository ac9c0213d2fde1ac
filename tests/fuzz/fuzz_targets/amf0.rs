//! Any bytes are read as AMF0 without a panic, within the limits; and what was read is written and read again the same.
#![no_main]

use flvgate_media::amf0::{Limits, decode_all, encode_all};
use flvgate_media::flv::{Metadata, ScriptData};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { depth: 32, size: 64 * 1024 };

fuzz_target!(|bytes: &[u8]| {
    if let Ok(values) = decode_all(bytes, LIMITS) {
        // As bytes, for NaN is not equal to itself. Long forms and missing end markers are written the short way and
        // whole, which can need more room than the limit has.
        let written = encode_all(&values);
        let limits = Limits { size: usize::MAX, ..LIMITS };
        let again = decode_all(&written, limits).expect("what we write can be read");
        assert_eq!(encode_all(&again), written);
    }
    let _ = Metadata::parse(bytes, LIMITS);
    if let Ok(ScriptData::Metadata { payload, .. }) = ScriptData::for_viewers(bytes, LIMITS, "flvgate", "1") {
        let limits = Limits { size: usize::MAX, ..LIMITS };
        assert!(Metadata::parse(&payload, limits).expect("what viewers get can be read").is_some());
    }
});
