//! Which vhost, app and stream a publisher means, from what its encoder sends.

use crate::config::DEFAULT_VHOST;

/// Names are kept for as long as a stream lives, and logged: nobody needs longer ones.
const MAX_NAME_LEN: usize = 1024;

/// What a publisher wants to publish. Percent-encoding is left as it came: RTMP has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The vhost asked for; one of that name need not exist.
    pub vhost: String,
    /// The app, without a query; may have several levels (`live/room1`).
    pub app: String,
    /// The stream, without a query; its dots are its own.
    pub stream: String,
    /// What stood behind the stream's `?`, else behind the app's or the tcUrl's: tokens for whoever checks them.
    pub query: String,
}

/// A name that cannot be published under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is none.
    #[error("expected the name of {0}, got nothing")]
    Empty(&'static str),
    /// It is longer than 1024 bytes.
    #[error("the name of {what} has {got} bytes: at most 1024 allowed")]
    TooLong {
        /// What is named.
        what: &'static str,
        /// Bytes.
        got: usize,
    },
    /// It has line breaks or the like in it.
    #[error("the name of {0} has control characters")]
    ControlCharacter(&'static str),
}

impl Address {
    /// Reads `tc_url` and `app` of the connect command, and `stream` of the publish command.
    ///
    /// The vhost is `vhost=` or `domain=` of the stream's query, the app's or the tcUrl's, in this order; else the
    /// tcUrl's host without port; else [`DEFAULT_VHOST`].
    ///
    /// # Errors
    /// [`AddressError`] when a name is missing or is none.
    pub fn resolve(tc_url: &str, app: &str, stream: &str) -> Result<Self, AddressError> {
        let (stream, stream_query) = split_query(stream);
        let (_, app_query) = split_query(app);
        let (_, url_query) = split_query(tc_url);
        let queries = [stream_query, app_query, url_query];
        let vhost = queries
            .iter()
            .find_map(|query| vhost_of(query))
            .or_else(|| host_of(tc_url))
            .unwrap_or(DEFAULT_VHOST);
        let query = queries.into_iter().find(|query| !query.is_empty()).unwrap_or_default();
        Ok(Self {
            vhost: name("the vhost", vhost)?,
            app: app_name(app)?,
            stream: name("the stream", stream)?,
            query: query.to_owned(),
        })
    }
}

/// The app in the `app` of a connect command.
///
/// # Errors
/// [`AddressError`] when it is missing or is none.
pub(super) fn app_name(app: &str) -> Result<String, AddressError> {
    name("the app", split_query(app).0)
}

fn name(what: &'static str, name: &str) -> Result<String, AddressError> {
    let name = name.trim_matches('/');
    if name.is_empty() {
        return Err(AddressError::Empty(what));
    }
    if name.len() > MAX_NAME_LEN {
        return Err(AddressError::TooLong { what, got: name.len() });
    }
    if name.chars().any(char::is_control) {
        return Err(AddressError::ControlCharacter(what));
    }
    Ok(name.to_owned())
}

fn split_query(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

/// Only `&` and a second `?`, which encoders make when they append a query to one, part parameters: tokens may have `=`
/// and `,` in them.
fn vhost_of(query: &str) -> Option<&str> {
    let value = |wanted: &str| {
        query
            .split(['&', '?'])
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(key, value)| *key == wanted && !value.is_empty())
            .map(|(_, value)| value)
    };
    value("vhost").or_else(|| value("domain"))
}

fn host_of(tc_url: &str) -> Option<&str> {
    let (_, rest) = tc_url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(tc_url: &str, app: &str, stream: &str) -> (String, String, String, String) {
        let Address { vhost, app, stream, query } = Address::resolve(tc_url, app, stream).unwrap();
        (vhost, app, stream, query)
    }

    fn names(vhost: &str, app: &str, stream: &str, query: &str) -> (String, String, String, String) {
        (vhost.into(), app.into(), stream.into(), query.into())
    }

    #[test]
    fn the_host_of_the_tc_url_is_the_vhost() {
        for url in
            ["rtmp://a.com/live", "rtmp://a.com:1935/live", "rtmp://user:pass@a.com/live", "rtmp://a.com"]
        {
            assert_eq!(resolve(url, "live", "cam"), names("a.com", "live", "cam", ""));
        }
        assert_eq!(resolve("rtmp://[::1]:1935/live", "live", "cam").0, "::1");
    }

    #[test]
    fn without_a_tc_url_the_vhost_is_the_default_one() {
        for url in ["", "live", "rtmp://", "rtmp://:1935/live"] {
            assert_eq!(resolve(url, "live", "cam").0, DEFAULT_VHOST);
        }
    }

    #[test]
    fn vhost_and_domain_are_found_wherever_encoders_put_them() {
        let url = "rtmp://1.2.3.4/live";
        let expected = |query| names("v.com", "live", "cam", query);
        assert_eq!(resolve(url, "live", "cam?vhost=v.com"), expected("vhost=v.com"));
        assert_eq!(resolve(url, "live", "cam?domain=v.com"), expected("domain=v.com"));
        assert_eq!(resolve(url, "live?vhost=v.com", "cam"), expected("vhost=v.com"));
        assert_eq!(resolve("rtmp://1.2.3.4/live?vhost=v.com", "live", "cam"), expected("vhost=v.com"));
        assert_eq!(resolve(url, "live?a=b?vhost=v.com", "cam").0, "v.com");
        assert_eq!(resolve(url, "live?vhost=other", "cam?vhost=v.com").0, "v.com");
        assert_eq!(resolve(url, "live", "cam?vhost=").0, "1.2.3.4");
    }

    #[test]
    fn tokens_with_equal_signs_and_commas_survive() {
        let query = "token=a=b,c;d&vhost=v.com&sign=x==";
        let expected = names("v.com", "live", "cam", query);
        assert_eq!(resolve("rtmp://h/live", "live", &format!("cam?{query}")), expected);
    }

    #[test]
    fn dots_levels_and_percent_signs_stay_in_names() {
        let expected = names("h", "live/room1", "cam.1%20x.flv", "");
        assert_eq!(resolve("rtmp://h/live/room1", "/live/room1/", "/cam.1%20x.flv"), expected);
    }

    #[test]
    fn missing_and_impossible_names_are_clear_errors() {
        let error = |app, stream| Address::resolve("rtmp://h/", app, stream).unwrap_err().to_string();
        assert_eq!(error("", "cam"), "expected the name of the app, got nothing");
        assert_eq!(error("live", "?vhost=v.com"), "expected the name of the stream, got nothing");
        assert_eq!(error("live", "a\nb"), "the name of the stream has control characters");
        assert_eq!(
            error("live", &"x".repeat(1025)),
            "the name of the stream has 1025 bytes: at most 1024 allowed"
        );
    }
}
