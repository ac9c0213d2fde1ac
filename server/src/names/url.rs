//! URLs that clients tell of themselves.

use std::fmt;

/// A URL that anybody may see: without user, query and fragment, which are where keys and tokens are.
///
/// This is the only form in which what a client has told is kept for the API and the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Takes from `url` what is secret.
    #[must_use]
    pub fn of(url: &str) -> Self {
        let url = &url[..url.find(['?', '#']).unwrap_or(url.len())];
        let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + 3));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        Self(format!("{scheme}{host}{path}"))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for PublicUrl {
    fn from(url: &str) -> Self {
        Self::of(url)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_key_is_left_out() {
        for (url, public) in [
            ("rtmp://h:1935/live?key=s", "rtmp://h:1935/live"),
            ("rtmp://user:s@h/live", "rtmp://h/live"),
            ("rtmp://user:s@s@h/live/a@b", "rtmp://h/live/a@b"),
            ("https://h/page#s?x", "https://h/page"),
            ("rtmp://user:s@h", "rtmp://h"),
            ("rtmp://h?s=/x", "rtmp://h"),
            ("live?s", "live"),
            ("user:s@h:1935", "h:1935"),
            ("live/a@b", "live/a@b"),
            ("", ""),
        ] {
            assert_eq!(PublicUrl::of(url).as_str(), public, "{url}");
        }
    }
}
