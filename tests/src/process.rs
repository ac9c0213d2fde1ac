//! Real programs, that end with the test.

use std::process::{Output, Stdio};

use tokio::process::{Child, Command};

use crate::server::PATIENCE;

/// Starts `program` in the background; it is killed when the handle is dropped.
///
/// # Panics
/// When the program is not installed.
#[must_use]
pub fn start(program: &str, arguments: &[&str]) -> Child {
    command(program, arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} must be installed (`npm test` does that): {error}"))
}

/// Runs `program` to its end.
///
/// # Panics
/// When the program is not installed, or does not end in time.
pub async fn run(program: &str, arguments: &[&str]) -> Output {
    let running = command(program, arguments).stdin(Stdio::null()).output();
    match tokio::time::timeout(PATIENCE * 2, running).await {
        Ok(output) => output
            .unwrap_or_else(|error| panic!("{program} must be installed (`npm test` does that): {error}")),
        Err(_) => panic!("{program} {arguments:?} did not end in time"),
    }
}

/// Runs `program` to its end, and returns what it printed.
///
/// # Panics
/// When it fails, or writes to its standard error.
pub async fn run_clean(program: &str, arguments: &[&str]) -> String {
    let output = run(program, arguments).await;
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{program} {arguments:?}: {complaints}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).kill_on_drop(true);
    command
}
