//! Finds libreckon, or builds it, and tells the linker.
use std::env;

fn main() {
    for name in ["RECKON_LIB_DIR", "RECKON_INCLUDE_DIR", "RECKON_SOURCE_DIR"] {
        println!("cargo:rerun-if-env-changed={}", name);
    }
    println!("cargo:rerun-if-changed=build.rs");
    // On docs.rs there is no library, and documentation needs none.
    if env::var_os("DOCS_RS").is_some() {
        return;
    }
    let include_dirs = link();
    #[cfg(feature = "bindgen")]
    generate(&include_dirs);
    for dir in include_dirs {
        println!("cargo:include={}", dir.display());
    }
}

/// Says how to link; returns the folders of the headers, as far as they are known.
fn link() -> Vec<std::path::PathBuf> {
    let include_dir = env::var_os("RECKON_INCLUDE_DIR").map(std::path::PathBuf::from);
    if let Some(dir) = env::var_os("RECKON_LIB_DIR") {
        link_with(std::path::Path::new(&dir));
        return include_dir.into_iter().collect();
    }
    #[cfg(feature = "build")]
    return build();
    #[cfg(not(feature = "build"))]
    match pkg_config::Config::new().atleast_version("0.1").probe("reckon-c") {
        Ok(library) => include_dir.map_or(library.include_paths, |dir| vec![dir]),
        Err(error) => {
            eprintln!(
                "libreckon was not found. Install it and set PKG_CONFIG_PATH to the folder of reckon-c.pc, or set \
                 RECKON_LIB_DIR to the folder of libreckon.so, or use the feature `build` of reckon-sys.\n\n{}",
                error
            );
            std::process::exit(1);
        }
    }
}

fn link_with(dir: &std::path::Path) {
    println!("cargo:rustc-link-search=native={}", dir.display());
    println!("cargo:rustc-link-lib=dylib=reckon");
}

/// Builds the shared library into OUT_DIR, where `cargo run` and `cargo test` let the loader look.
#[cfg(feature = "build")]
fn build() -> Vec<std::path::PathBuf> {
    let source = match env::var_os("RECKON_SOURCE_DIR") {
        Some(dir) => std::path::PathBuf::from(dir),
        None => std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.."),
    };
    if !source.join("capi/reckon_c.h").is_file() {
        eprintln!("The feature `build` needs Reckon's sources, and {} has none; set RECKON_SOURCE_DIR.", source.display());
        std::process::exit(1);
    }
    let mut config = cmake::Config::new(&source);
    for part in ["EXAMPLES", "BENCH", "TESTS", "FUZZERS"] {
        config.define(format!("RECKON_BUILD_{}", part), "OFF");
    }
    config.profile("Release").build_target("reckon_shared");
    println!("cargo:rerun-if-changed={}", source.join("lib").display());
    println!("cargo:rerun-if-changed={}", source.join("capi").display());
    link_with(&config.build().join("build/capi"));
    vec![source.join("capi")]
}

#[cfg(feature = "bindgen")]
fn generate(include_dirs: &[std::path::PathBuf]) {
    let mut builder = bindgen::Builder::default()
        .header_contents("reckon.h", "#include \"reckon_c.h\"\n#include \"reckon_c_chat.h\"\n")
        .allowlist_item("(reckon|RECKON)_.*")
        .blocklist_item("RECKON_API|RECKON_NUL_TERMINATED")
        .generate_comments(false)
        .layout_tests(false);
    for dir in include_dirs {
        builder = builder.clang_arg(format!("-I{}", dir.display()));
    }
    let bindings = builder.generate().expect("bindgen reads the headers");
    let out = std::path::PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("bindings.rs");
    bindings.write_to_file(out).expect("OUT_DIR can be written to");
}
