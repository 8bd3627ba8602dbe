//! What `dev` refuses before it starts anything, and how it says so.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{
    fs::File,
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};

fn dev(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_convos-agents"))
        .args(["dev", "--runtime", "stub", "--data-dir"])
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_taken_port_is_one_clear_sentence_and_exit_code_3() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for option in ["--port", "--services-port", "--simulator-port", "--metrics-port"] {
        let mut arguments = vec![option, &port];
        if option != "--port" {
            arguments.extend(["--port", "0"]);
        }
        let output = dev(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        let text = said(&output);
        assert!(
            text.contains(&format!("port {port} of 127.0.0.1 is taken")) && text.contains(option),
            "{text}"
        );
        assert_eq!(text.trim().lines().count(), 1, "{text}");
    }
}

#[test]
fn a_folder_in_use_names_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    std::fs::write(&path, "4321\n").unwrap();
    let lock = File::open(&path).unwrap();
    lock.lock().unwrap();
    let output = dev(folder.path(), &["--port", "0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("process 4321"), "{}", said(&output));
}

#[test]
fn a_folder_with_other_files_is_left_alone_even_with_fresh() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let output = dev(folder.path(), &["--port", "0", "--fresh"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("is not empty"), "{}", said(&output));
    assert!(folder.path().join("thesis.txt").exists());
}

#[test]
fn an_old_ready_file_is_gone_even_when_the_start_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (data, ready) = (folder.path().join("data"), folder.path().join("ready.json"));
    std::fs::write(&ready, "{}").unwrap();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = dev(&data, &["--port", &port, "--ready-file", ready.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(!ready.exists());
}
