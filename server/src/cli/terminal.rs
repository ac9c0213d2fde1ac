//! What the command says on standard error to whoever started it.

use std::fmt::Display;
use std::io::{self, Write};

use crate::log::escaped;

/// Writes `text` and the end of its line. Names of files and what servers answer are in it, so it is escaped as the log is.
pub(super) fn say(text: impl Display) {
    let lines: Vec<String> = text.to_string().split('\n').map(escaped).collect();
    write(&format!("{}\n", lines.join("\n")));
}

/// Writes `text` as it is.
///
/// Whoever reads may be gone (`flvgate -t 2>&1 | head -1`). Then there is nobody to tell, and what the command does and the
/// code that it exits with stay what they are.
pub(super) fn write(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
