//! The table is sound in itself.

use std::collections::HashSet;

use super::{ROOT, VHOST};
use crate::config::unserved;

#[test]
fn no_place_and_no_variable_belongs_to_two_keys() {
    let mut places = HashSet::new();
    for place in ROOT.iter().flat_map(|key| key.places()).chain(VHOST.iter().flat_map(|key| key.places())) {
        assert!(places.insert(place), "{place} is there twice");
        let (block, name) = place.rsplit_once('.').unwrap_or(("", place));
        assert!(unserved::reason(block, name).is_none(), "{place} is both served and not");
    }
    let mut variables = HashSet::new();
    for name in
        ROOT.iter().flat_map(|key| key.variables()).chain(VHOST.iter().flat_map(|key| key.variables()))
    {
        assert!(variables.insert(name.clone()), "{name} is there twice");
    }
}

#[test]
fn variables_have_the_names_that_srs_gives_them() {
    let names = |path: &str| -> Vec<String> {
        let root = ROOT.iter().find(|key| key.path == path).map(|key| key.variables().collect());
        root.or_else(|| VHOST.iter().find(|key| key.path == path).map(|key| key.variables().collect()))
            .unwrap()
    };
    assert_eq!(names("listen"), ["SRS_LISTEN", "SRS_RTMP_LISTEN"]);
    assert_eq!(names("srs_log_level"), ["SRS_LOG_LEVEL", "SRS_SRS_LOG_LEVEL"]);
    assert_eq!(names("vhost.http_remux.mount"), ["SRS_VHOST_HTTP_REMUX_MOUNT"]);
    assert_eq!(names("vhost.play.gop_cache"), ["SRS_VHOST_PLAY_GOP_CACHE"]);
}

#[test]
fn every_default_is_taken_by_its_own_key() {
    for key in ROOT.iter() {
        let args: Vec<_> = key.default.text().split_ascii_whitespace().collect();
        key.apply(&mut Default::default(), &args).unwrap();
    }
    for key in VHOST.iter() {
        let args: Vec<_> = key.default.text().split_ascii_whitespace().collect();
        key.apply(&mut Default::default(), &args).unwrap();
    }
}

#[test]
fn documentation_is_whole_sentences_that_say_the_unit() {
    let docs = ROOT.iter().map(|key| (key.path, key.doc, key.kind.expects()));
    for (path, doc, expects) in docs.chain(VHOST.iter().map(|key| (key.path, key.doc, key.kind.expects()))) {
        assert!(doc.ends_with('.') && !doc.contains("  "), "{path}");
        for unit in ["milliseconds", "seconds"] {
            if expects.starts_with(unit) {
                assert!(doc.contains(unit), "{path} does not say that it is in {unit}");
            }
        }
    }
}
