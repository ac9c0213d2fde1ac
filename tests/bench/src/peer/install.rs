//! Brings a peer from its registry, by the registry's own client.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{PeerError, spawn};

/// The version measured: another one is another server.
const XIU_VERSION: &str = "0.14.0";
const NODE_MEDIA_SERVER_VERSION: &str = "4.4.3";

/// Builds xiu into `home`; takes some minutes once.
pub(super) fn xiu(home: &Path) -> Result<PathBuf, PeerError> {
    let program = home.join("bin/xiu");
    let mut command = Command::new("cargo");
    command.args(["install", "xiu", "--version", XIU_VERSION, "--root"]).arg(home);
    // Its dependencies are wanted as its authors locked them; but a mirror may not have all of those any more.
    let mut locked = Command::new("cargo");
    locked.args(["install", "xiu", "--locked", "--version", XIU_VERSION, "--root"]).arg(home);
    once(home, &program, [locked, command])
}

/// Installs node-media-server into `home`; needs Node.js.
pub(super) fn node_media_server(home: &Path) -> Result<PathBuf, PeerError> {
    let program = home.join("node_modules/node-media-server/bin/app.js");
    let mut command = Command::new("npm");
    command.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(home);
    command.arg(format!("node-media-server@{NODE_MEDIA_SERVER_VERSION}"));
    once(home, &program, [command])
}

/// Runs the first of `commands` that succeeds, unless `program` is there already.
fn once<const N: usize>(home: &Path, program: &Path, commands: [Command; N]) -> Result<PathBuf, PeerError> {
    let log = home.join("install.log");
    let mut outcome = Ok(());
    if program.exists() {
        return Ok(program.to_owned());
    }
    for mut command in commands {
        let words = [command.get_program()].into_iter().chain(command.get_args());
        let shown = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
        eprintln!("{shown} (once; may take some minutes)");
        let status = spawn(&mut command, home, &log)?
            .wait()
            .map_err(|error| PeerError::CannotRun { program: shown.clone(), error })?;
        if status.success() {
            outcome = Ok(());
            break;
        }
        outcome = Err(PeerError::InstallFailed { command: shown, status, log: log.clone() });
    }
    outcome.map(|()| program.to_owned())
}
