//! What is different between two configurations, key by key, as an operator would write it.

use std::collections::BTreeMap;
use std::fmt;

use super::load::Loaded;
use super::schema::{Default, Key, Kind, ROOT, VHOST};
use crate::names::PublicUrl;

/// What is shown of a key that is not set and has no default that could be written.
const NOT_SET: &str = "(not set)";

/// The keys that are set, by path, outside of vhosts and in each of them.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) root: Keys,
    pub(super) vhosts: BTreeMap<String, Keys>,
}

/// Values by the paths of their keys.
pub(super) type Keys = BTreeMap<&'static str, Value>;

/// A value as it is written; of a secret, what tells it from another one.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Value {
    text: String,
    is_secret: bool,
}

impl Value {
    /// The value of `key` that is written as `args`.
    pub(super) fn of<T>(key: &Key<T>, args: &[&str]) -> Self {
        Self { text: args.join(" "), is_secret: matches!(key.kind, Kind::Secret(..)) }
    }

    /// One more value of a key that may be repeated.
    pub(super) fn and(&mut self, args: &[&str]) {
        self.text.push_str(", ");
        self.text.push_str(&args.join(" "));
    }

    fn shown(&self) -> String {
        // What is behind the '?' of a URL, or before its host, is often a key.
        let public = |word: &str| {
            let query = if word.contains('?') { "?..." } else { "" };
            format!("{}{query}", PublicUrl::of(word))
        };
        if self.is_secret {
            return "(secret)".to_owned();
        }
        self.text.split(' ').map(public).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Loaded {
    /// What is different from `old`, one line for each key and for each vhost that has come or gone. Secrets are not in it.
    #[must_use]
    pub fn changes_since(&self, old: &Self) -> Vec<String> {
        let (new, old) = (&self.written, &old.written);
        let mut lines = Vec::new();
        of_keys(&ROOT, &old.root, &new.root, "", &mut lines);
        for (name, before) in &old.vhosts {
            match new.vhosts.get(name) {
                Some(now) => of_keys(&VHOST, before, now, &format!("vhost {name}: "), &mut lines),
                None => lines.push(format!("- vhost {name}")),
            }
        }
        let is_new = |name: &&String| !old.vhosts.contains_key(*name);
        lines.extend(new.vhosts.keys().filter(is_new).map(|name| format!("+ vhost {name}")));
        lines
    }
}

fn of_keys<T>(table: &[&Key<T>], old: &Keys, new: &Keys, prefix: &str, lines: &mut Vec<String>) {
    for key in table {
        let (before, now) = (old.get(key.path), new.get(key.path));
        let default = match key.default {
            Default::Value(text) => text,
            Default::Unset(_) | Default::Needed(_) => NOT_SET,
        };
        let shown = |value: Option<&Value>| value.map_or_else(|| default.to_owned(), Value::shown);
        let (was, is) = (shown(before), shown(now));
        if was != is || before.is_some_and(|before| now.is_some_and(|now| before != now)) {
            let name = key.path.strip_prefix("vhost.").unwrap_or(key.path);
            lines.push(format!("{prefix}{name} {was} -> {is}"));
        }
    }
}

#[cfg(test)]
mod tests;
