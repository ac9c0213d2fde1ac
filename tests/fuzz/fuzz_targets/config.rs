//! Any bytes are a configuration or a report, without a panic, and without more than so much of anything.
//!
//! Bytes behind the first NUL are the file that every include reads, so that includes are reached too.
#![no_main]

use std::io;

use flvgate::config::{Environment, parse};
use libfuzzer_sys::fuzz_target;

/// The most of a report: a hundred findings, each with a line or two of the source.
const MOST_SHOWN: usize = 4 * 1024 * 1024;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |&byte| byte == 0);
    let (main, included) = (parts.next().unwrap_or_default(), parts.next());
    let mut include = |_: &str| included.map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::NotFound.into());
    let shown = match parse("fuzz.conf", main, &Environment::default(), &mut include) {
        Ok(loaded) => {
            assert!(!loaded.report.has_errors());
            assert!(!loaded.config.rtmp.listen.is_empty());
            loaded.report.render(false)
        }
        Err(report) => {
            assert!(report.has_errors());
            report.render(false)
        }
    };
    assert!(shown.len() < MOST_SHOWN);
});
