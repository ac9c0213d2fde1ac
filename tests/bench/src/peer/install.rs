//! Brings a peer from its registry, by the registry's own client.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{PeerError, spawn};

/// The version measured: another one is another server.
const XIU_VERSION: &str = "0.14.0";
const NODE_MEDIA_SERVER_VERSION: &str = "4.4.3";

/// Builds xiu into `home`; takes some minutes once, and needs libopus.
pub(super) fn xiu(home: &Path) -> Result<PathBuf, PeerError> {
    let program = home.join("bin/xiu");
    if !program.exists() {
        let install = |extra: &[&str]| {
            let mut command = Command::new("cargo");
            command.args(["install", "xiu", "--version", XIU_VERSION]).args(extra).arg("--root").arg(home);
            run(command, home)
        };
        // Wanted as its authors locked its dependencies; but a mirror may not have all of those.
        install(&["--locked"]).or_else(|_| install(&[]))?;
    }
    Ok(program)
}

/// Installs node-media-server into `home`; needs Node.js.
pub(super) fn node_media_server(home: &Path) -> Result<PathBuf, PeerError> {
    let program = home.join("node_modules/node-media-server/bin/app.js");
    if !program.exists() {
        let mut command = Command::new("npm");
        command.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(home);
        command.arg(format!("node-media-server@{NODE_MEDIA_SERVER_VERSION}"));
        run(command, home)?;
    }
    Ok(program)
}

fn run(mut command: Command, home: &Path) -> Result<(), PeerError> {
    let log = home.join("install.log");
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let shown = words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
    eprintln!("{shown} (once; may take some minutes)");
    let mut child = spawn(&mut command, home, &log)?;
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(PeerError::InstallFailed { command: shown, status, log }),
        Err(error) => Err(PeerError::CannotRun { program: shown, error }),
    }
}
