//! Records what the binary is compiled for and from, so that `quantum.build_info()` can say it and `quantum/_cpu.py`
//! can refuse a machine that lacks a feature before the first instruction of ours runs on it.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Only the extension module tells its build; a plain `cargo test` is not rebuilt for a new commit.
    if env::var_os("CARGO_FEATURE_PYTHON").is_none() {
        return;
    }
    println!("cargo:rerun-if-changed=Cargo.toml");
    record("GIT_REVISION", &git_revision());
    record("RUSTC", &first_line(&cargo_variable("RUSTC"), &["--version"]).unwrap_or_else(|| "unknown".into()));
    record("TARGET", &cargo_variable("TARGET"));
    record("CPU_FEATURES", &cargo_variable("CARGO_CFG_TARGET_FEATURE"));
    record("PROFILE", &cargo_variable("PROFILE"));
    record("OPT_LEVEL", &cargo_variable("OPT_LEVEL"));
    record("LOCAL_DYNAMIC_TLS", if allocator_has("local_dynamic_tls") { "true" } else { "false" });
}

/// Hands a value to the crate as `env!("QUANTUM_name")`.
fn record(name: &str, value: &str) {
    println!("cargo:rustc-env=QUANTUM_{name}={value}");
}

/// A variable Cargo sets for build scripts, empty if it does not.
fn cargo_variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// The commit the sources are at, `unknown` outside a repository (a source archive) or without git.
fn git_revision() -> String {
    // A source archive unpacked inside someone else's repository must not take that repository's commit for ours.
    if !Path::new(".git").exists() {
        return "unknown".into();
    }
    // HEAD names a branch or a commit; a branch's commit is in its own file, or in packed-refs before it first moves.
    let branch = first_line("git", &["symbolic-ref", "-q", "HEAD"]);
    for name in ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        if let Some(path) =
            first_line("git", &["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists())
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    first_line("git", &["rev-parse", "HEAD"]).unwrap_or_else(|| "unknown".into())
}

/// Whether the manifest builds mimalloc with a feature; Cargo tells a build script only its own crate's features.
fn allocator_has(feature: &str) -> bool {
    let manifest = std::fs::read_to_string("Cargo.toml").unwrap_or_default();
    manifest.lines().any(|line| line.starts_with("mimalloc") && line.contains(feature))
}

/// The first line a command prints, if it runs and succeeds.
fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(|line| line.trim().to_owned())
}
