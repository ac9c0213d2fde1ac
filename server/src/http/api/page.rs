//! Which part of a list is asked for: `?start=&count=`.

use http::Uri;

use crate::http::Entrance;
use crate::http::requested_vhost::query_value;

/// SRS's: so many entries are shown at least, and so many when nothing is said.
const SRS_COUNT: usize = 10;

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    start: usize,
    count: usize,
}

impl Page {
    /// What `uri` asks for. At an entrance of the API by SRS's rule; elsewhere the page shows all streams that there
    /// are, and no client of SRS expects anything.
    pub(super) fn of(uri: &Uri, entrance: Entrance) -> Self {
        let query = uri.query().unwrap_or_default();
        let number = |name| query_value(query, name).and_then(|value| value.parse().ok());
        let count = number("count");
        let count = if entrance.api {
            count.unwrap_or(SRS_COUNT).max(SRS_COUNT)
        } else {
            count.unwrap_or(usize::MAX)
        };
        Self { start: number("start").unwrap_or(0), count }
    }

    pub(super) fn take<T>(self, all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        all.into_iter().skip(self.start).take(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(query: &str, api: bool) -> Vec<u32> {
        let uri = format!("/api/v1/streams{query}").parse().unwrap();
        Page::of(&uri, Entrance { tls: false, streams: true, api }).take(0..100).collect()
    }

    #[test]
    fn the_api_shows_ten_at_least_as_srs_does() {
        for query in ["", "?count=1", "?count=10", "?count=x", "?start=-1", "?count="] {
            assert_eq!(taken(query, true), (0..10).collect::<Vec<_>>(), "{query}");
        }
        assert_eq!(taken("?start=5&count=20", true), (5..25).collect::<Vec<_>>());
        assert_eq!(taken("?start=95&count=20", true), (95..100).collect::<Vec<_>>());
        assert_eq!(taken("?start=200", true), [0; 0]);
    }

    #[test]
    fn without_the_api_all_are_shown_or_as_many_as_asked_for() {
        assert_eq!(taken("", false).len(), 100);
        assert_eq!(taken("?start=97", false), [97, 98, 99]);
        assert_eq!(taken("?start=1&count=2", false), [1, 2]);
        assert_eq!(taken("?count=99999999999999999999", false).len(), 100, "no number");
    }
}
