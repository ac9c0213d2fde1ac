//! Each key of the table has an effect, from a file and from the environment alike.

use super::*;
use crate::config::schema::{Default, Key, Kind, ROOT, VHOST};

/// What the other keys are, so that none is without effect for another one's sake.
const BASE: [(&str, &str); 7] = [
    ("listen", "1935"),
    ("http_api.auth.enabled", "on"),
    ("http_api.auth.username", "a"),
    ("http_api.auth.password", "b"),
    ("vhost.https.enabled", "on"),
    ("vhost.security.enabled", "on"),
    ("vhost.security.allow", "play all"),
];

/// A value that is not the default, nor that of [`BASE`].
fn other<T>(key: &Key<T>) -> String {
    let default = key.default.text();
    match &key.kind {
        Kind::Always(on, _) => if *on { "off" } else { "on" }.to_owned(),
        Kind::Switch(_) => match BASE.iter().find(|(path, _)| *path == key.path) {
            Some(_) => "off",
            None if default == "on" => "off",
            None => "on",
        }
        .to_owned(),
        Kind::Count(range, ..) => {
            [range.start(), range.end()].into_iter().map(u64::to_string).find(|text| text != default).unwrap()
        }
        Kind::Time(range, ..) => {
            [range.start(), range.end()].into_iter().map(u64::to_string).find(|text| text != default).unwrap()
        }
        Kind::Endpoints(_) => "127.0.0.1:7001 [::1]:7002".to_owned(),
        Kind::Path(_) | Kind::Text(..) | Kind::Secret(..) => "./elsewhere".to_owned(),
        Kind::Words(..) => "one.example two.example".to_owned(),
        Kind::Choice(choices) => {
            let mut words = choices.iter().map(|(word, _)| *word);
            // Of an optional one, the example may be what holds without it.
            words.rfind(|word| *word != default).unwrap().to_owned()
        }
        Kind::Mounts(_) => "/a/[app]/[stream].flv [vhost]/[app]/b/[stream].flv".to_owned(),
        Kind::Networks(_) => "10.0.0.0/8 2001:db8::1".to_owned(),
        Kind::Rule(_) => "publish 192.168.0.0/16".to_owned(),
    }
}

/// A file with these keys, each in its blocks. A block that is there twice would be ignored, so the blocks are merged.
fn file(keys: &[(&str, String)]) -> String {
    fn block(keys: &[(&str, String)]) -> String {
        let mut text = String::new();
        let mut done: Vec<&str> = Vec::new();
        for (path, value) in keys {
            let Some((name, _)) = path.split_once('.') else {
                text.push_str(&format!("{path} {value}; "));
                continue;
            };
            if !done.contains(&name) {
                done.push(name);
                let inside = keys.iter().filter_map(|(path, value)| {
                    Some((path.strip_prefix(name)?.strip_prefix('.')?, value.clone()))
                });
                let head = if name == "vhost" { "vhost __defaultVhost__" } else { name };
                text.push_str(&format!("{head} {{ {} }} ", block(&inside.collect::<Vec<_>>())));
            }
        }
        text
    }
    block(keys)
}

/// What is written of a key besides its path.
struct Trial {
    path: &'static str,
    value: String,
    variables: Vec<String>,
    is_repeated: bool,
    is_always: bool,
    default: Default,
}

impl Trial {
    fn of<T>(key: &Key<T>) -> Self {
        Self {
            path: key.path,
            value: other(key),
            variables: key.variables().collect(),
            is_repeated: key.kind.is_repeated(),
            is_always: matches!(key.kind, Kind::Always(..)),
            default: key.default,
        }
    }

    /// [`BASE`] without this key, unless it may be repeated.
    fn base(&self) -> impl Iterator<Item = (&'static str, String)> {
        let kept = BASE.iter().filter(|(path, _)| self.is_repeated || *path != self.path);
        kept.map(|(path, value)| (*path, (*value).to_owned()))
    }

    fn read_from_file(&self, value: &str) -> Config {
        let keys: Vec<_> = self.base().chain([(self.path, value.to_owned())]).collect();
        Config::clone(&loaded(&file(&keys), &[]).config)
    }

    fn read_from_variable(&self, name: &str) -> Config {
        let base = self.base().map(|(path, value)| (variable(path), value));
        let environment = base.chain([(name.to_owned(), self.value.clone())]).collect();
        Config::clone(&load_environment(&environment).unwrap().config)
    }
}

fn variable(path: &str) -> String {
    format!("SRS_{}", path.to_ascii_uppercase().replace('.', "_"))
}

#[test]
fn every_key_has_an_effect_from_a_file_and_from_its_variable() {
    let base: Vec<_> = BASE.iter().map(|(path, value)| (*path, (*value).to_owned())).collect();
    let base = Config::clone(&loaded(&file(&base), &[]).config);
    let root = ROOT.iter().map(|key| Trial::of(key));
    for trial in root.chain(VHOST.iter().map(|key| Trial::of(key))) {
        let Trial { path, value, .. } = &trial;
        let changed = trial.read_from_file(value);
        assert_eq!(changed != base, !trial.is_always, "'{path} {value}' in a file");
        for name in &trial.variables {
            let by_variable = trial.read_from_variable(name);
            assert_eq!(by_variable != base, !trial.is_always, "{name}={value}");
            // A variable replaces the rules of a file, which has one more.
            assert!(trial.is_repeated || by_variable == changed, "{name}={value}");
        }
        if let Default::Value(default) = trial.default {
            let in_base = BASE.iter().any(|(known, _)| known == path);
            assert!(
                in_base || trial.read_from_file(default) == base,
                "'{path} {default}' is not the default"
            );
        }
    }
}
