//! The way that a publication has come by forwarding, so that it does not go in circles.

use std::fmt;

/// Streams that a publication may have come through. Whoever chains more servers than these has made a mistake.
const MAX_HOPS: usize = 16;

/// Through which streams of which servers a publication has come; each is a number that only its own server
/// recognises.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route(Vec<u64>);

impl Route {
    /// Reads what [`Display`](fmt::Display) writes. What is none of it, peers' inventions, is left out.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let hops = text.split(',').filter_map(|hop| u64::from_str_radix(hop, 16).ok());
        Self(hops.take(MAX_HOPS).collect())
    }

    pub(super) fn contains(&self, hop: u64) -> bool {
        self.0.contains(&hop)
    }

    /// The route with one more hop; `None` when it is too long.
    pub(super) fn with(&self, hop: u64) -> Option<Self> {
        let hops = self.0.iter().copied().chain([hop]).collect();
        (self.0.len() < MAX_HOPS).then_some(Self(hops))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, hop) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{hop:x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_read_as_it_was_written() {
        let route = Route::default().with(u64::MAX).and_then(|route| route.with(7)).unwrap();
        assert_eq!(route.to_string(), "ffffffffffffffff,7");
        assert_eq!(Route::parse(&route.to_string()), route);
        assert!(route.contains(7) && !route.contains(8));
        assert_eq!(Route::parse(""), Route::default());
    }

    #[test]
    fn what_a_peer_makes_up_is_left_out_and_bounded() {
        assert_eq!(Route::parse("x,-1,,1ffffffffffffffff,a").to_string(), "a");
        let long = Route::parse(&"1,".repeat(10_000));
        assert_eq!(long.0.len(), MAX_HOPS);
        assert_eq!(long.with(1), None);
    }
}
