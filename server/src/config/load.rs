//! Where configurations come from: a file, some text, or the environment alone.

use std::path::Path;
use std::sync::Arc;

use super::environment::Environment;
use super::model::Config;
use super::parser::{self, Include, Tree};
use super::read;
use super::report::{Finding, Report};
use super::{check, schema};

/// A configuration that can be started.
#[derive(Debug)]
pub struct Loaded {
    /// What was asked for.
    pub config: Arc<Config>,
    /// Warnings and notes.
    pub report: Report,
    /// Where the RTMP addresses come from, in words: a key with its file and line, or a variable.
    pub rtmp_listen: String,
    /// The same of the HTTP addresses.
    pub http_listen: String,
}

/// Reads the file at `path` and what it includes.
///
/// # Errors
/// Everything that is wrong with it; then nothing can be started.
pub fn load(path: &Path, environment: &Environment) -> Result<Loaded, Report> {
    match std::fs::read(path) {
        Ok(bytes) => parse(&path.to_string_lossy(), &bytes, environment, &mut |name| std::fs::read(name)),
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
    read.config.vhosts.push(Arc::new(read::default_vhost(environment, &mut report)));
    read.vhost_names.push(None);
    finish(read, environment, report)
}

fn finish(read: read::Read, environment: &Environment, mut report: Report) -> Result<Loaded, Report> {
    environment.check(&mut report);
    check::check(&read, &mut report);
    if report.has_errors() {
        return Err(report);
    }
    let default = |path: &str| {
        let key = schema::ROOT.iter().find(|key| key.path == path);
        format!(
            "'{}', which is not set; its default is {}",
            read::shown(path),
            key.map_or("", |key| key.default.text())
        )
    };
    Ok(Loaded {
        rtmp_listen: read.rtmp_listen.unwrap_or_else(|| default("listen")),
        http_listen: read.http_listen.unwrap_or_else(|| default("http_server.listen")),
        config: Arc::new(read.config),
        report,
    })
}
