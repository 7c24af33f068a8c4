//! The program, with the front end in a folder beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::program::main()
}
