//! The `taintrace` command. See `taintrace --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    taintrace::cli::run()
}
