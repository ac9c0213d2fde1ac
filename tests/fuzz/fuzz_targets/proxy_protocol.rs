//! What stands before a proxy's connections.
#![no_main]

use flvgate::http::proxy_protocol::{MAX_LENGTH, Progress, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut taken = 0;
    while let Ok(Progress::Needs(more)) = parse(&bytes[..taken]) {
        assert!(more > 0 && taken + more <= MAX_LENGTH, "at {taken} it needs {more}");
        if taken == bytes.len() {
            break;
        }
        taken = bytes.len().min(taken + more);
    }
});
