//! The `flvgate` command.

mod cli;
mod log;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
