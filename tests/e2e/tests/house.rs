//! Keeps the house in the order that `ARCHITECTURE.md` describes: who may know whom, what lies at the
//! top, how long a file gets.
#![expect(clippy::unwrap_used, reason = "a tree that cannot be read has failed the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Who may know whom. The executable and the system tests compose the rest and may know everybody.
const MAY_KNOW: [(&str, &[&str]); 8] = [
    ("model", &[]),
    ("process", &["model"]),
    ("cluster", &[]),
    ("controller", &["model", "process"]),
    ("api", &["model", "process", "controller"]),
    ("providers", &["model", "process"]),
    ("simulator", &["model", "process"]),
    ("convos-runtime", &["model", "process"]),
];
const COMPOSE: [&str; 3] = ["convos-agents", "e2e", "bench"];

/// What `model` must not be built from: everything that waits, listens, stores or calls.
const MODEL_NEVER_KNOWS: [&str; 8] =
    ["tokio", "futures", "axum", "hyper", "reqwest", "sqlx", "tower", "metrics"];

/// The folders that the product's owner asked for, and what supports them.
const FOLDERS: [&str; 11] = [
    "api",
    "controller",
    "dashboard",
    "deploy",
    "docs",
    "migrations",
    "model",
    "providers",
    "runtime",
    "scripts",
    "tests",
];

/// Lines of code (tests, comments and blank lines aside) after which a file is split by noun. About 200
/// read well and 350 need a good reason; past this there is none.
const BODY_LINES_MAX: usize = 450;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The members of the workspace, each with the names it depends on outside its own tests.
fn members() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec().unwrap();
    metadata
        .packages
        .iter()
        .map(|package| {
            let known = package.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal);
            (package.name.to_string(), known.map(|one| one.name.clone()).collect())
        })
        .collect()
}

#[test]
fn nobody_knows_a_room_that_it_may_not_know() {
    let members = members();
    let may_know = BTreeMap::from(MAY_KNOW);
    for (name, known) in &members {
        if COMPOSE.contains(&name.as_str()) {
            continue;
        }
        let allowed =
            may_know.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no place in the house"));
        for room in known.iter().filter(|one| members.contains_key(*one)) {
            assert!(allowed.contains(&room.as_str()), "{name} must not know {room}");
        }
    }
    for name in may_know.keys().chain(COMPOSE.iter()) {
        assert!(members.contains_key(*name), "{name} is in the rules but not in the workspace");
    }
}

#[test]
fn the_model_neither_waits_nor_listens_nor_stores() {
    let known = &members()["model"];
    for dependency in MODEL_NEVER_KNOWS {
        assert!(!known.contains(dependency), "model must not depend on {dependency}");
    }
}

#[test]
fn the_words_of_the_infrastructure_stay_in_services() {
    // `pool` knows instance, image, url and ready; where instances run is known to `providers` alone.
    for room in ["model", "controller", "api"] {
        for file in rust_files(&root().join(room).join("src")) {
            let code = body(&std::fs::read_to_string(&file).unwrap()).join("\n");
            assert!(!code.contains("railway_"), "{} knows Railway", file.display());
        }
    }
}

#[test]
fn the_top_level_is_as_it_was_asked_for() {
    for entry in std::fs::read_dir(root()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let ours = !name.starts_with('.') && name != "target" && entry.path().is_dir();
        assert!(!ours || FOLDERS.contains(&name.as_str()), "{name} has no place at the top");
    }
}

#[test]
fn every_shared_dependency_says_why_it_is_there() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    for line in section.lines().filter(|line| line.contains(" = ") && !line.contains("path = ")) {
        let code = line.split(" # ").next().unwrap();
        assert!(code.trim_start().starts_with('#') || line.contains(" # "), "no reason beside: {line}");
    }
}

#[test]
fn a_file_is_split_before_it_grows_long() {
    let files = FOLDERS.iter().flat_map(|folder| rust_files(&root().join(folder)));
    let long: Vec<String> = files
        .filter_map(|file| {
            let lines = body(&std::fs::read_to_string(&file).unwrap()).len();
            (lines > BODY_LINES_MAX).then(|| format!("{}: {lines}", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "split by noun: {long:#?}");
}

/// The lines of code before the tests of a file, without comments.
fn body(text: &str) -> Vec<&str> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && path.file_name().is_some_and(|name| name != "node_modules" && name != "target") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
