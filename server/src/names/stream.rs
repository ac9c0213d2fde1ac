//! Which app and stream a path means, whoever has split it where.

use super::{host_name, percent};

/// Names are kept for as long as a stream lives, and logged: nobody needs longer ones.
const MAX_NAME_LEN: usize = 1024;

/// An app's default instance (Flash Media Server): `live/_definst_` is `live`.
const DEFAULT_INSTANCE: &str = "_definst_";

const THE_APP: &str = "the app";
const THE_STREAM: &str = "the stream";

/// What stands before and behind `vhost` in an app, in SRS's oldest form of it: `live...vhost...demo`.
const VHOST_IN_APP: &str = "...vhost...";

/// A stream's names in their one spelling: UTF-8 with escapes for bytes that are none, without empty levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamName {
    /// All levels but the last, with `/` between them.
    pub app: String,
    /// The last level; its dots are its own.
    pub stream: String,
    /// The vhost of `...vhost...NAME`.
    pub vhost: Option<String>,
}

/// A name that no stream can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
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
    /// It has a level `.` or `..`, which clients take out of URLs before they ask.
    #[error("the name of {0} has a level '.' or '..', which no URL can have")]
    Dots(&'static str),
}

impl StreamName {
    /// Reads an app and a stream, each without its query. Where the two were split makes no difference: the stream is the
    /// last level of both together, as in SRS.
    ///
    /// # Errors
    /// [`NameError`] when a name is missing or is none.
    pub fn parse(app: &str, stream: &str) -> Result<Self, NameError> {
        let (app_levels, stream_levels) = (split(app), split(stream));
        if app_levels.is_empty() {
            return Err(NameError::Empty(THE_APP));
        }
        if stream_levels.is_empty() {
            return Err(NameError::Empty(THE_STREAM));
        }
        let mut vhost = None;
        let without_vhost = app_levels.into_iter().chain(stream_levels).map(|level| {
            let Some((before, name)) = level.split_once(VHOST_IN_APP) else { return level };
            vhost = Some(host_name(name)).filter(|name| !name.is_empty()).or(vhost.take());
            before.to_owned()
        });
        let mut levels = without_default_instances(without_vhost.collect());
        let stream = levels.pop().unwrap_or_default();
        let app = levels.join("/");
        Ok(Self { app: checked(THE_APP, app)?, stream: checked(THE_STREAM, stream)?, vhost })
    }
}

/// Whether `app`, without its query, can be part of a stream's names.
///
/// # Errors
/// [`NameError`] when it cannot.
pub fn check_app(app: &str) -> Result<(), NameError> {
    checked(THE_APP, split(app).join("/")).map(drop)
}

/// The levels of a path in their one spelling, without empty ones and default instances.
#[must_use]
pub fn levels(path: &str) -> Vec<String> {
    without_default_instances(split(path))
}

fn split(path: &str) -> Vec<String> {
    let bytes = percent::decode(path);
    bytes.split(|&byte| byte == b'/').filter(|level| !level.is_empty()).map(percent::to_text).collect()
}

/// The last level is a stream's, which may be called so.
fn without_default_instances(mut levels: Vec<String>) -> Vec<String> {
    let last = levels.pop();
    levels.retain(|level| !level.is_empty() && level != DEFAULT_INSTANCE);
    levels.extend(last);
    levels
}

/// `name`, if `what` can be called so.
///
/// # Errors
/// [`NameError`] when it cannot.
pub fn checked(what: &'static str, name: String) -> Result<String, NameError> {
    if name.is_empty() {
        return Err(NameError::Empty(what));
    }
    if name.len() > MAX_NAME_LEN {
        return Err(NameError::TooLong { what, got: name.len() });
    }
    if name.chars().any(char::is_control) {
        return Err(NameError::ControlCharacter(what));
    }
    if name.split('/').any(|level| matches!(level, "." | "..")) {
        return Err(NameError::Dots(what));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(app: &str, stream: &str) -> (String, String) {
        let name = StreamName::parse(app, stream).unwrap();
        assert_eq!(name.vhost, None, "{app} {stream}");
        (name.app, name.stream)
    }

    fn expected(app: &str, stream: &str) -> (String, String) {
        (app.to_owned(), stream.to_owned())
    }

    #[test]
    fn an_app_of_several_levels_may_be_split_anywhere() {
        for (app, stream) in [
            ("live/room1", "cam"),
            ("live", "room1/cam"),
            ("/live/", "/room1/cam/"),
            ("live//room1", "cam"),
            ("live%2Froom1", "cam"),
            ("live", "room1%2fcam"),
            ("live/_definst_", "room1/cam"),
            ("live/_definst_/room1", "cam"),
            ("_definst_", "live/room1/cam"),
        ] {
            assert_eq!(names(app, stream), expected("live/room1", "cam"), "{app} {stream}");
        }
    }

    #[test]
    fn names_are_the_same_text_encoded_or_not() {
        for stream in ["my cam", "my%20cam", "my%2520cam"] {
            assert_eq!(names("live", stream), expected("live", "my cam"));
        }
        assert_eq!(names("live", "%E6%91%84"), expected("live", "摄"));
        assert_eq!(names("live", "cam%C9%E3"), expected("live", "cam%C9%E3"));
        assert_eq!(names("live", "100%"), expected("live", "100%"));
        assert_eq!(names("live", "a%3fb"), expected("live", "a?b"));
    }

    #[test]
    fn a_vhost_may_stand_in_the_app_as_in_old_srs() {
        for (app, stream) in [
            ("live...vhost...demo", "x"),
            ("live...vhost...DEMO", "x"),
            ("live/...vhost...demo", "x"),
            ("live", "x...vhost...demo"),
        ] {
            let name = StreamName::parse(app, stream).unwrap();
            let (app, stream) = expected("live", "x");
            assert_eq!(name, StreamName { app, stream, vhost: Some("demo".to_owned()) });
        }
        assert_eq!(names("live...vhost...", "x"), expected("live", "x"));
    }

    #[test]
    fn missing_and_impossible_names_are_clear_errors() {
        let error = |app, stream| StreamName::parse(app, stream).unwrap_err().to_string();
        assert_eq!(error("", "live/cam"), "expected the name of the app, got nothing");
        assert_eq!(error("_definst_", "cam"), "expected the name of the app, got nothing");
        assert_eq!(error("live/cam", "%2F"), "expected the name of the stream, got nothing");
        assert_eq!(error("live", "a%0Ab"), "the name of the stream has control characters");
        assert_eq!(
            error("live/%2e%2e", "cam"),
            "the name of the app has a level '.' or '..', which no URL can have"
        );
        assert_eq!(
            error("live", &"x".repeat(1025)),
            "the name of the stream has 1025 bytes: at most 1024 allowed"
        );
    }

    proptest! {
        /// With the characters that have a meaning somewhere, and pieces of escapes.
        #[test]
        fn a_path_is_one_stream_wherever_it_is_split(path in "([a .%?/é]|%2F|%20|%C9|_definst_|\\.\\.\\.vhost\\.\\.\\.b){1,12}") {
            let splits = path.match_indices('/').filter_map(|(at, _)| {
                let (app, stream) = (&path[..at], &path[at + 1..]);
                let is_empty = |part: &str| split(part).is_empty();
                (!is_empty(app) && !is_empty(stream)).then(|| StreamName::parse(app, stream))
            });
            let all: Vec<_> = splits.collect();
            prop_assert!(all.windows(2).all(|two| two[0] == two[1]), "{:?}", all);
            if let Some(Ok(name)) = all.first() {
                let again = StreamName::parse(&name.app, &name.stream).unwrap();
                prop_assert_eq!((&again.app, &again.stream), (&name.app, &name.stream));
            }
        }
    }
}
