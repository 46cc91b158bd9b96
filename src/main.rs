//! The `taintrace` command.

fn main() {}
