use std::str::FromStr;

use crate::names::PublicUrl;

/// RTMP's port.
const DEFAULT_PORT: u16 = 1935;

/// Where to publish: `rtmp://host[:port]/app/stream[?query]`. An app may have several levels; the stream is what stands
/// behind the last `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishUrl {
    /// A name or an address; IPv6 without brackets.
    pub host: String,
    /// The port; 1935 when the URL has none.
    pub port: u16,
    /// The app.
    pub app: String,
    /// The stream, with its query, which RTMP sends as part of the name.
    pub stream: String,
}

/// What is wrong with an RTMP URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected rtmp://host[:port]/app/stream, got {:?}: {why}", PublicUrl::of(url).as_str())]
pub struct UrlError {
    /// What was given; shown without its secrets.
    pub url: String,
    /// What it lacks.
    pub why: &'static str,
}

impl PublishUrl {
    /// What the connect command tells: the URL without the stream.
    #[must_use]
    pub fn tc_url(&self) -> String {
        let Self { host, port, app, .. } = self;
        if host.contains(':') {
            format!("rtmp://[{host}]:{port}/{app}")
        } else {
            format!("rtmp://{host}:{port}/{app}")
        }
    }
}

impl FromStr for PublishUrl {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        let error = |why| UrlError { url: url.to_owned(), why };
        let rest = url.strip_prefix("rtmp://").ok_or_else(|| error("it does not start with rtmp://"))?;
        let (authority, path) = rest.split_once('/').ok_or_else(|| error("there is no app"))?;
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
        };
        if host.is_empty() {
            return Err(error("there is no host"));
        }
        let port = match port {
            Some(port) => port.parse().map_err(|_| error("the port is not a number from 0 to 65535"))?,
            None => DEFAULT_PORT,
        };
        // A query may have slashes in it.
        let name_end = path.find('?').unwrap_or(path.len());
        let slash = path[..name_end].rfind('/').ok_or_else(|| error("there is no stream"))?;
        let (app, stream) = (path[..slash].trim_matches('/'), &path[slash + 1..]);
        if app.is_empty() {
            return Err(error("there is no app"));
        }
        if stream.is_empty() || stream.starts_with('?') {
            return Err(error("there is no stream"));
        }
        Ok(Self { host: host.to_owned(), port, app: app.to_owned(), stream: stream.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let parts = |url: &str| {
            let PublishUrl { host, port, app, stream } = url.parse().unwrap();
            (host, port, app, stream)
        };
        let expected = |host: &str, port, app: &str, stream: &str| {
            (host.to_owned(), port, app.to_owned(), stream.to_owned())
        };
        assert_eq!(parts("rtmp://h/live/demo"), expected("h", 1935, "live", "demo"));
        assert_eq!(parts("rtmp://h:19350/live/a/b"), expected("h", 19350, "live/a", "b"));
        assert_eq!(parts("rtmp://[::1]:1936/live/x"), expected("::1", 1936, "live", "x"));
        assert_eq!(
            parts("rtmp://h/live/cam.1?token=a/b&vhost=v"),
            expected("h", 1935, "live", "cam.1?token=a/b&vhost=v")
        );
    }

    #[test]
    fn the_tc_url_has_no_stream() {
        let tc_url = |url: &str| url.parse::<PublishUrl>().unwrap().tc_url();
        assert_eq!(tc_url("rtmp://h/live/demo?x=y"), "rtmp://h:1935/live");
        assert_eq!(tc_url("rtmp://[::1]/live/demo"), "rtmp://[::1]:1935/live");
    }

    #[test]
    fn a_wrong_url_is_told_what_it_lacks() {
        for (url, why) in [
            ("http://h/live/demo", "it does not start with rtmp://"),
            ("rtmp://h", "there is no app"),
            ("rtmp://h/demo", "there is no stream"),
            ("rtmp://h//demo", "there is no app"),
            ("rtmp://h/live/", "there is no stream"),
            ("rtmp://h/live/?x=y", "there is no stream"),
            ("rtmp:///live/demo", "there is no host"),
            ("rtmp://h:x/live/demo", "the port is not a number from 0 to 65535"),
        ] {
            assert_eq!(url.parse::<PublishUrl>().unwrap_err().why, why, "{url}");
        }
    }
}
