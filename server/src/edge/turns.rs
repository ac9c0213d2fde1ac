//! On whose behalf an origin is asked next, when several wait for one stream.

use std::collections::HashSet;

use crate::hub::Asker;

/// Takes turns between askers: those who have not been tried come first, the newest and the oldest of them in turn. So
/// nobody's wrong tokens, however many and whenever they come, hold up the right one for more than a turn or two.
#[derive(Debug, Default)]
pub(super) struct Turns {
    tried: HashSet<String>,
    oldest_next: bool,
}

impl Turns {
    /// Whose turn it is among `askers`, who are in the order in which they came.
    pub(super) fn next(&mut self, askers: &[Asker]) -> Option<Asker> {
        self.tried.retain(|query| askers.iter().any(|asker| asker.query == *query));
        let is_new = |asker: &&Asker| !self.tried.contains(&asker.query);
        let (newest, oldest) = (askers.iter().rfind(is_new), askers.iter().find(is_new));
        let untried = if self.oldest_next { oldest } else { newest };
        self.oldest_next = !self.oldest_next;
        let next = untried.or(if self.oldest_next { askers.last() } else { askers.first() })?;
        self.tried.insert(next.query.clone());
        Some(next.clone())
    }

    /// Whether one of `askers` has not had a turn.
    pub(super) fn has_untried(&self, askers: &[Asker]) -> bool {
        askers.iter().any(|asker| !self.tried.contains(&asker.query))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn askers(queries: &[&str]) -> Vec<Asker> {
        queries.iter().map(|query| Asker { query: (*query).into(), ..Asker::default() }).collect()
    }

    #[test]
    fn whoever_comes_last_or_first_is_tried_within_two_turns() {
        for right in ["first", "last"] {
            let mut turns = Turns::default();
            let waiting = askers(&["first", "a", "b", "c", "last"]);
            let two: Vec<_> = (0..2).filter_map(|_| turns.next(&waiting)).map(|asker| asker.query).collect();
            assert!(two.iter().any(|query| query == right), "{two:?}");
        }
    }

    #[test]
    fn everybody_has_a_turn_before_anybody_has_another() {
        let mut turns = Turns::default();
        let waiting = askers(&["a", "b", "c"]);
        let all: HashSet<_> = (0..3).filter_map(|_| turns.next(&waiting)).map(|asker| asker.query).collect();
        assert_eq!(all.len(), 3);
        assert!(!turns.has_untried(&waiting) && turns.has_untried(&askers(&["d"])));
        assert!(turns.next(&waiting).is_some() && turns.next(&[]).is_none());
    }
}
