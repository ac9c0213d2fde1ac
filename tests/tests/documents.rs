//! ARCHITECTURE.md names files: every one of them must be there.

use std::path::{Path, PathBuf};

/// Below these, paths of the map are looked up; it leaves out what a section's heading says.
const SOURCES: [&str; 7] = ["media", "server", "wasm-player", "web", "tests", "scripts", "conf"];

#[test]
fn every_file_that_the_map_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace");
    let map = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("there is a map");
    let mut there = Vec::new();
    for source in SOURCES {
        collect(&root.join(source), &mut there);
    }
    let named: Vec<_> =
        map.split('`').skip(1).step_by(2).flat_map(alternatives).filter(|name| is_file(name)).collect();
    assert!(named.len() > 40, "the map names files: {named:?}");
    let missing: Vec<_> =
        named.iter().filter(|name| !there.iter().any(|path| path.ends_with(name.as_str()))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn is_file(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rs" || extension == "ts")
}

/// `a/{b,c}.rs` is `a/b.rs` and `a/c.rs`.
fn alternatives(name: &str) -> Vec<String> {
    let parts = name.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    let Some((before, (names, after))) = parts else { return vec![name.to_owned()] };
    names.split(',').map(|name| format!("{before}{name}{after}")).collect()
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("the repository can be read").flatten() {
        let path = entry.path();
        let built = ["target", "dist", "wasm", "node_modules"].iter().any(|name| path.ends_with(name));
        if path.is_dir() && !built {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}
