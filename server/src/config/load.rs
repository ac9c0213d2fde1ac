//! Where configurations come from: a file, some text, or the environment alone.

use std::path::Path;
use std::sync::Arc;

use super::changes::Written;
use super::check;
use super::environment::Environment;
use super::listens::ListenOrigins;
use super::model::Config;
use super::parser::{self, Include, Tree};
use super::read::{self, VhostPlaces};
use super::report::{Finding, Report};

/// A configuration that can be started.
#[derive(Debug)]
pub struct Loaded {
    /// What was asked for.
    pub config: Arc<Config>,
    /// Warnings and notes.
    pub report: Report,
    /// Where the addresses come from.
    pub listens: ListenOrigins,
    /// The keys that are set.
    pub(super) written: Written,
}

/// Reads the file at `path` and what it includes. Both begin at the directory `base`, unless they are absolute; an empty
/// one is where the process is.
///
/// # Errors
/// Everything that is wrong with it; then nothing can be started.
pub fn load(base: &Path, path: &Path, environment: &Environment) -> Result<Loaded, Report> {
    match std::fs::read(base.join(path)) {
        Ok(bytes) => {
            let mut include = |name: &str| std::fs::read(base.join(name));
            parse(&path.to_string_lossy(), &bytes, environment, &mut include)
        }
        Err(error) => {
            let mut report = Report::default();
            report.push(Finding::error(format!("cannot read {}: {error}", path.display())));
            Err(report)
        }
    }
}

/// Reads the configuration in `bytes`, which came from the file `name`; `include` reads what it includes.
///
/// # Errors
/// Everything that is wrong with it; then nothing can be started.
pub fn parse(
    name: &str,
    bytes: &[u8],
    environment: &Environment,
    include: &mut Include<'_>,
) -> Result<Loaded, Report> {
    let mut report = Report::default();
    let tree = parser::parse(name, bytes, include, &mut report);
    // Keys mean nothing in a file whose braces do not match: all of it would be reported as misplaced.
    if !tree.sound {
        return Err(report);
    }
    finish(read::read(&tree, environment, &mut report), environment, report)
}

/// The configuration that the environment alone gives: the defaults, one default vhost, the log on the console.
///
/// # Errors
/// Everything that is wrong with it; then nothing can be started.
pub fn load_environment(environment: &Environment) -> Result<Loaded, Report> {
    let mut report = Report::default();
    let mut read = read::read(&Tree { directives: Vec::new(), sound: true }, environment, &mut report);
    let (vhost, keys) = read::default_vhost(environment, &mut report);
    read.written.vhosts.insert(vhost.name.clone(), keys);
    read.config.vhosts.push(Arc::new(vhost));
    read.places.push(VhostPlaces::default());
    finish(read, environment, report)
}

fn finish(read: read::Read, environment: &Environment, mut report: Report) -> Result<Loaded, Report> {
    environment.check(&mut report);
    check::check(&read, &mut report);
    if report.has_errors() {
        return Err(report);
    }
    Ok(Loaded { listens: read.listens, written: read.written, config: Arc::new(read.config), report })
}
