//! `conf/full.conf` says what the code does.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::full_conf;
use crate::config::schema::{Default, ROOT, VHOST};
use crate::config::{Config, Environment, Severity, Vhost, parse};

fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../conf/full.conf")
}

fn config_of(text: &str) -> Arc<Config> {
    let mut no_includes = |name: &str| panic!("includes {name}");
    match parse("full.conf", text.as_bytes(), &Environment::default(), &mut no_includes) {
        Ok(loaded) => {
            assert_eq!(loaded.report.count(Severity::Note), 0, "{}", loaded.report.render(false));
            loaded.config
        }
        Err(report) => panic!("{}", report.render(false)),
    }
}

#[test]
fn full_conf_in_the_repository_is_the_generated_one() {
    let text = full_conf();
    if std::env::var_os("UPDATE_CONF").is_some() {
        fs::write(committed(), &text).unwrap();
    }
    let found = fs::read_to_string(committed()).unwrap();
    assert!(found == text, "run: UPDATE_CONF=1 cargo test -p flvgate --lib full_conf");
}

#[test]
fn full_conf_means_the_defaults() {
    let mut expected = Config { vhosts: vec![Arc::new(Vhost::default())], ..Config::default() };
    expected.rtmp.listen = vec!["0.0.0.0:1935".parse().unwrap()];
    assert_eq!(*config_of(&full_conf()), expected);
}

#[test]
fn examples_of_keys_without_a_default_are_valid() {
    // A directive that is commented out has no space behind its '#'; prose has one.
    let uncommented: String = full_conf()
        .lines()
        .map(|line| match line.trim_start().strip_prefix('#') {
            Some(rest) if rest.starts_with(|first: char| first.is_ascii_lowercase()) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let config = config_of(&uncommented);
    assert!(config.pid.is_some());
    assert_eq!(config.vhosts[0].chunk_size, Some(60_000));
}

#[test]
fn full_conf_has_every_key_and_its_variable() {
    let text = full_conf();
    let names = ROOT.iter().map(|key| (key.name(), key.default, key.variables().next()));
    let vhost = VHOST.iter().map(|key| (key.name(), key.default, key.variables().next()));
    for (name, default, variable) in names.chain(vhost) {
        let mark = if matches!(default, Default::Unset(_)) { "#" } else { "" };
        assert!(text.contains(&format!("{mark}{name} {};", default.text())), "{name}");
        assert!(text.contains(&format!("Variable: {}.", variable.unwrap())), "{name}");
    }
}

#[test]
fn every_file_in_conf_starts_without_a_warning() {
    for entry in fs::read_dir(committed().with_file_name("")).unwrap() {
        let path = entry.unwrap().path();
        let loaded = crate::config::load(Path::new(""), &path, &Environment::default());
        let warnings = loaded.map(|loaded| loaded.report).unwrap_or_else(|report| report).render(false);
        assert_eq!(warnings, "", "{}", path.display());
    }
}
