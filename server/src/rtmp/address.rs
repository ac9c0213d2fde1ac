//! Which vhost, app and stream a publisher means, from what its encoder sends.

use crate::config::DEFAULT_VHOST;
use crate::names::{NameError, StreamName, check_app, checked, host_name};

/// What a publisher wants to publish, or a player to play; names in their one spelling, see [`names`](crate::names).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The vhost asked for; one of that name need not exist.
    pub vhost: String,
    /// The app, without a query; may have several levels (`live/room1`).
    pub app: String,
    /// The stream, without a query: the last level of all. Its dots are its own.
    pub stream: String,
    /// What stood behind the stream's `?`, else behind the app's or the tcUrl's: tokens for whoever checks them.
    pub query: String,
}

impl Address {
    /// Reads `tc_url` and `app` of the connect command, and `stream` of the publish command.
    ///
    /// The vhost is `vhost=` or `domain=` of the stream's query, the app's or the tcUrl's, in this order; else that of
    /// `...vhost...NAME`; else the tcUrl's host; else [`DEFAULT_VHOST`].
    ///
    /// # Errors
    /// [`NameError`] when a name is missing or is none.
    pub fn resolve(tc_url: &str, app: &str, stream: &str) -> Result<Self, NameError> {
        let (stream, stream_query) = split_query(stream);
        let (app, app_query) = split_query(app);
        let (_, url_query) = split_query(tc_url);
        let queries = [stream_query, app_query, url_query];
        let StreamName { app, stream, vhost: vhost_in_app } = StreamName::parse(app, stream)?;
        let vhost = queries
            .iter()
            .find_map(|query| vhost_of(query))
            .map(host_name)
            .or(vhost_in_app)
            .or_else(|| host_of(tc_url).map(host_name))
            .filter(|host| !host.is_empty())
            .unwrap_or_else(|| DEFAULT_VHOST.to_owned());
        let query = queries.into_iter().find(|query| !query.is_empty()).unwrap_or_default();
        Ok(Self { vhost: checked("the vhost", vhost)?, app, stream, query: query.to_owned() })
    }
}

/// Whether a connect command may have this `app`.
///
/// # Errors
/// [`NameError`] when it is missing or is none.
pub(super) fn check_connect(app: &str) -> Result<(), NameError> {
    check_app(split_query(app).0)
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
            ["rtmp://a.com/live", "rtmp://A.com.:1935/live", "rtmp://user:pass@a.com/live", "rtmp://a.com"]
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
    fn dots_and_levels_stay_in_names() {
        let expected = names("h", "live/room1", "cam.1 x.flv", "");
        assert_eq!(resolve("rtmp://h/live/room1", "/live/room1/", "/cam.1%20x.flv"), expected);
        assert_eq!(resolve("rtmp://h/live", "live", "room1/cam.1 x.flv"), expected);
    }

    #[test]
    fn the_vhost_of_old_srs_goes_behind_that_of_a_query() {
        let url = "rtmp://1.2.3.4/live...vhost...demo";
        assert_eq!(resolve(url, "live...vhost...Demo", "cam"), names("demo", "live", "cam", ""));
        assert_eq!(resolve(url, "live...vhost...demo", "cam?vhost=v.com").0, "v.com");
    }

    #[test]
    fn missing_and_impossible_names_are_clear_errors() {
        let error = |app, stream| Address::resolve("rtmp://h/", app, stream).unwrap_err().to_string();
        assert_eq!(error("", "cam"), "expected the name of the app, got nothing");
        assert_eq!(error("live", "?vhost=v.com"), "expected the name of the stream, got nothing");
        assert_eq!(error("live", "a\nb"), "the name of the stream has control characters");
    }
}
