//! The server from outside: real sockets and real requests against a site on a port of its own.
//!
//! Each module is a story. States are awaited; a test that waits in vain fails after [`support::PATIENCE`].

mod acme;
mod arrival;
mod calls;
mod codes;
mod guessing;
mod hostile;
mod limits;
mod operating;
mod pages;
mod program;
mod restarting;
mod resuming;
mod support;
mod tls_files;
mod tls_lan;
mod turn;
