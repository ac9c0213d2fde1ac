//! The path of a request target, decoded segment by segment (RFC 3986 section 3.3).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A path that can name nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadPath {
    /// A `%` without two hexadecimal digits.
    #[error("the path has a % that is not followed by two hexadecimal digits")]
    Escape,
    /// The decoded bytes are not text.
    #[error("the path is not UTF-8 after percent-decoding")]
    NotUtf8,
    /// A segment that has `/` or NUL in it: it could leave its place in a path or a file name.
    #[error("the path has an encoded slash or NUL in it")]
    Separator,
}

/// The segments of `path`, decoded; of `/a/b` these are `a` and `b`.
pub(super) fn decode_segments(path: &str) -> Result<Vec<Cow<'_, str>>, BadPath> {
    path.strip_prefix('/').unwrap_or(path).split('/').map(decode_segment).collect()
}

fn decode_segment(segment: &str) -> Result<Cow<'_, str>, BadPath> {
    let escapes = segment.split('%').skip(1);
    for after in escapes {
        let digits = after.as_bytes().get(..2).ok_or(BadPath::Escape)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(BadPath::Escape);
        }
    }
    let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| BadPath::NotUtf8)?;
    if decoded.contains(['/', '\0']) { Err(BadPath::Separator) } else { Ok(decoded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_one_by_one() {
        assert_eq!(decode_segments("/a%20b/c.d/").unwrap(), ["a b", "c.d", ""]);
        assert_eq!(decode_segments("/%E6%91%84").unwrap(), ["摄"]);
    }

    #[test]
    fn what_is_no_escape_is_refused() {
        for path in ["/%", "/%2", "/%zz", "/a%4", "/a%%20"] {
            assert_eq!(decode_segments(path), Err(BadPath::Escape), "{path}");
        }
        assert_eq!(decode_segments("/%ff"), Err(BadPath::NotUtf8));
    }

    #[test]
    fn an_encoded_separator_is_refused() {
        for path in ["/..%2f..", "/a%2Fb", "/a%00"] {
            assert_eq!(decode_segments(path), Err(BadPath::Separator), "{path}");
        }
    }
}
