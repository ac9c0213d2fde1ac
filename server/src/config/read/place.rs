//! What a name means in a block.

use crate::config::schema::Key;
use crate::config::suggest::nearest;
use crate::config::unserved::{self, Unserved};

/// What a name means where it is.
#[derive(Debug)]
pub(super) enum Place {
    /// The key of this number in the table.
    Key(usize),
    /// A block with this path.
    Block(String),
    /// `vhost NAME { }`.
    Vhost,
    /// One of SRS's that flvgate does not serve, and why.
    Unserved(&'static Unserved),
    Unknown,
}

/// What `name` means in `block`.
pub(super) fn of<T>(table: &[&'static Key<T>], block: &str, name: &str) -> Place {
    let path = match (block, name) {
        ("", "vhost") => return Place::Vhost,
        // The name that the block had in SRS 1.
        ("", "http_stream") => "http_server".to_owned(),
        _ => join(block, name),
    };
    let has = |key: &&Key<T>, wanted: &str| key.places().any(|place| place == wanted);
    if let Some(at) = table.iter().position(|key| has(key, &path)) {
        return Place::Key(at);
    }
    if blocks(table, block).any(|known| join(block, known) == path) {
        return Place::Block(path);
    }
    match unserved::reason(block, name) {
        Some(group) => Place::Unserved(group),
        None => Place::Unknown,
    }
}

/// What was probably meant by `name`, which is unknown in `block`.
pub(super) fn suggest<T>(table: &[&'static Key<T>], block: &str, name: &str) -> Option<String> {
    let here = || names(table, block).chain(blocks(table, block)).chain(unserved::names(block));
    let vhost = block.is_empty().then_some("vhost");
    if let Some(near) = nearest(name, here().chain(vhost)) {
        return Some(format!("did you mean '{near}'?"));
    }
    let elsewhere = || BLOCKS.iter().copied().chain(paths());
    let exact = elsewhere().find(|path| last(path) == name);
    let near =
        || nearest(name, elsewhere().map(last)).and_then(|near| elsewhere().find(|path| last(path) == near));
    let path = exact.or_else(near)?;
    Some(format!("'{}' belongs in {}", last(path), home(path)))
}

/// The blocks that an operator may write at the wrong place.
const BLOCKS: [&str; 12] = [
    "vhost",
    "rtmp",
    "http_server",
    "http_api",
    "vhost.http_remux",
    "vhost.http_static",
    "vhost.play",
    "vhost.publish",
    "vhost.forward",
    "vhost.security",
    "vhost.refer",
    "vhost.hls",
];

fn paths() -> impl Iterator<Item = &'static str> {
    let root = crate::config::schema::ROOT.iter().map(|key| key.path);
    root.chain(crate::config::schema::VHOST.iter().map(|key| key.path))
}

/// The names of the keys in `block`.
fn names<T>(table: &[&'static Key<T>], block: &str) -> impl Iterator<Item = &'static str> {
    table.iter().flat_map(|key| key.places()).filter_map(move |place| {
        let name = inside(place, block)?;
        (!name.contains('.')).then_some(name)
    })
}

/// The names of the blocks in `block`.
fn blocks<T>(table: &[&'static Key<T>], block: &str) -> impl Iterator<Item = &'static str> {
    table.iter().flat_map(|key| key.places()).filter_map(move |place| {
        let (name, _) = inside(place, block)?.split_once('.')?;
        Some(name)
    })
}

fn inside(place: &'static str, block: &str) -> Option<&'static str> {
    if block.is_empty() { Some(place) } else { place.strip_prefix(block)?.strip_prefix('.') }
}

/// The path of `name` in `block`.
pub(super) fn join(block: &str, name: &str) -> String {
    if block.is_empty() { name.to_owned() } else { format!("{block}.{name}") }
}

/// A path as it is written in a file: `vhost { play { gop_cache } }`.
pub(in crate::config) fn shown(path: &str) -> String {
    let close = " }".repeat(path.matches('.').count());
    path.replace('.', " { ") + &close
}

fn last(path: &'static str) -> &'static str {
    path.rsplit('.').next().unwrap_or(path)
}

fn home(path: &str) -> String {
    match path.rsplit_once('.') {
        None => "no block".to_owned(),
        Some((block, _)) => {
            format!("'{} {{ }}{}'", block.replace('.', " { "), " }".repeat(block.matches('.').count()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema::{ROOT, VHOST};

    #[test]
    fn every_key_is_found_in_each_of_its_places() {
        for (at, key) in ROOT.iter().enumerate() {
            for place in key.places() {
                let (block, name) = place.rsplit_once('.').unwrap_or(("", place));
                assert!(matches!(of(&ROOT, block, name), Place::Key(found) if found == at), "{place}");
            }
        }
        for (at, key) in VHOST.iter().enumerate() {
            for place in key.places() {
                let (block, name) = place.rsplit_once('.').unwrap();
                assert!(matches!(of(&VHOST, block, name), Place::Key(found) if found == at), "{place}");
            }
        }
    }

    #[test]
    fn a_key_at_the_wrong_place_is_told_its_place() {
        assert_eq!(suggest(&ROOT, "", "http_remux").as_deref(), Some("'http_remux' belongs in 'vhost { }'"));
        assert_eq!(
            suggest(&ROOT, "", "mount").as_deref(),
            Some("'mount' belongs in 'vhost { http_remux { } }'")
        );
        assert_eq!(
            suggest(&VHOST, "vhost", "max_connections").as_deref(),
            Some("'max_connections' belongs in no block")
        );
        assert_eq!(suggest(&ROOT, "http_server", "lisen").as_deref(), Some("did you mean 'listen'?"));
        assert_eq!(suggest(&ROOT, "", "qqqqqqqq"), None);
    }
}
