//! What the query of a file's URL asks for: where to begin, or which bytes.

use flvgate_media::flv::Start;
use http::HeaderValue;
use http::header::RANGE;
use http::request::Parts;

use crate::http::requested_vhost::query_value;

/// A `start` that names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "start={0:?}: expected bytes, as in start=1048576, or seconds with an s behind them, as in start=12.5s"
)]
pub(super) struct BadStart(String);

/// The place that `?start=` names; `None` when that is the start of the file, or nothing is said.
pub(super) fn parse_start(query: &str) -> Result<Option<Start>, BadStart> {
    let Some(text) = query_value(query, "start") else { return Ok(None) };
    let bad = || BadStart(text.clone());
    let start = match text.strip_suffix('s') {
        Some(seconds) => Start::Time(milliseconds(seconds).ok_or_else(bad)?),
        None if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            // More digits than a file has bytes are a place behind its end.
            Start::Byte(text.parse().unwrap_or(u64::MAX))
        }
        None => return Err(bad()),
    };
    Ok(Some(start).filter(|start| !matches!(start, Start::Byte(0) | Start::Time(0))))
}

/// `seconds`, digits with at most one point in them, as milliseconds, rounded down.
fn milliseconds(seconds: &str) -> Option<u64> {
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(u64::MAX) };
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    Some(whole.saturating_mul(1000).saturating_add(part.parse().ok()?))
}

/// Makes a `Range` header of the query forms of one: `bstart` and `bend` (flv.js, mpegts.js), for mp4 `range=A-B` and
/// `bytes=A-B` too (SRS). A header that is there already goes before them.
pub(in crate::http) fn translate_range(request: &mut Parts) {
    let query = request.uri.query().unwrap_or_default();
    let path = request.uri.path().to_ascii_lowercase();
    let is_mp4 = path.ends_with(".mp4");
    if request.headers.contains_key(RANGE) || !(is_mp4 || path.ends_with(".flv") || path.ends_with(".fhv")) {
        return;
    }
    let asked = match query_value(query, "bstart") {
        Some(first) => Some(format!("{first}-{}", query_value(query, "bend").unwrap_or_default())),
        None if is_mp4 => query_value(query, "range").or_else(|| query_value(query, "bytes")),
        None => None,
    };
    let is_range = |range: &String| range.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if let Some(range) = asked.filter(is_range)
        && let Ok(range) = HeaderValue::try_from(format!("bytes={range}"))
    {
        request.headers.insert(RANGE, range);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn a_number_is_bytes_and_a_number_with_an_s_is_seconds() {
        for (query, expected) in [
            ("start=1", Some(Start::Byte(1))),
            ("a=b&start=20&c", Some(Start::Byte(20))),
            ("start=99999999999999999999", Some(Start::Byte(u64::MAX))),
            ("start=12s", Some(Start::Time(12_000))),
            ("start=12.5s", Some(Start::Time(12_500))),
            ("start=.0019s", Some(Start::Time(1))),
            ("start=99999999999999999999s", Some(Start::Time(u64::MAX))),
            ("start=0", None),
            ("start=0.0s", None),
            ("start=", None),
            ("startx=5", None),
            ("", None),
        ] {
            assert_eq!(parse_start(query), Ok(expected), "{query}");
        }
    }

    #[test]
    fn what_is_neither_is_an_error_that_says_what_would_be() {
        for start in
            ["-1", "1.5", "abc", "s", ".s", "1.2.3s", "-1s", "1e3s", "+5", "0x10", "00:01:30", "5%20"]
        {
            assert!(parse_start(&format!("start={start}")).is_err(), "{start}");
        }
        let message = parse_start("start=-1").unwrap_err().to_string();
        assert!(message.starts_with("start=\"-1\": expected bytes"), "{message}");
    }

    #[test]
    fn query_forms_become_a_range_header() {
        for (target, header, expected) in [
            ("/a.flv?bstart=5&bend=9", None, Some("bytes=5-9")),
            ("/a.flv?bstart=5", None, Some("bytes=5-")),
            ("/a.flv?bstart=5", Some("bytes=1-2"), Some("bytes=1-2")),
            ("/a.flv?range=5-9", None, None),
            ("/a.mp4?range=5-9", None, Some("bytes=5-9")),
            ("/a.mp4?bytes=5-", None, Some("bytes=5-")),
            ("/a.mp4?bytes=x", None, None),
            ("/a.txt?bstart=5", None, None),
        ] {
            let mut request = Request::builder().uri(target).body(()).unwrap().into_parts().0;
            if let Some(header) = header {
                request.headers.insert(RANGE, HeaderValue::from_static(header));
            }
            translate_range(&mut request);
            let range = request.headers.get(RANGE).map(|range| range.to_str().unwrap());
            assert_eq!(range, expected, "{target}");
        }
    }
}
