//! The `flvgate` command.

fn main() {}
