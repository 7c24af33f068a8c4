//! The program that needs nothing beside it: the front end is inside.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::program::main()
}
