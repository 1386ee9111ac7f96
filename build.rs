//! Records what the binary was compiled for, so that `quantum.build_info()` can say it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}
