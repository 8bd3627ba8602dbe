//! The private cluster on this machine's own PostgreSQL, as root and as anybody.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{os::unix::fs::PermissionsExt, path::Path, process::Stdio};

use cluster::{Binaries, Cluster, ClusterError, Durability, free_port, random_password};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use secrecy::SecretString;
use sqlx::{Connection, PgConnection};
use tokio::process::{Child, Command};

async fn open(folder: &Path, password: &SecretString) -> Cluster {
    let port = free_port().unwrap();
    Cluster::open(folder, port, password.clone(), Durability::ThrowAway).await.unwrap()
}

fn start(cluster: &Cluster) -> Child {
    let mut command = Command::from(cluster.server());
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap()
}

async fn stop(mut server: Child) {
    kill(Pid::from_raw(server.id().unwrap().cast_signed()), Signal::SIGINT).unwrap();
    assert!(server.wait().await.unwrap().success());
}

/// A folder like a home: nobody but its owner may enter.
fn closed_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    folder
}

#[tokio::test]
async fn data_of_another_major_version_is_refused_and_left_alone() {
    let folder = closed_folder();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("PG_VERSION"), "9\n").unwrap();
    let ours = Binaries::find(None).unwrap().major;
    let error = Cluster::open(&data, 1, random_password(), Durability::Kept).await.unwrap_err();
    assert!(matches!(error, ClusterError::OtherVersion { found: 9, ours: major, .. } if major == ours));
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 1);
}

#[tokio::test]
async fn a_half_made_cluster_is_made_again() {
    let folder = closed_folder();
    let partial = folder.path().join("data.partial");
    std::fs::create_dir(&partial).unwrap();
    std::fs::write(partial.join("PG_VERSION"), "15\n").unwrap();
    let cluster = open(&folder.path().join("data"), &random_password()).await;
    let server = start(&cluster);
    cluster.wait_until_ready().await.unwrap();
    stop(server).await;
}

#[tokio::test]
async fn data_stays_and_the_password_is_asked_for() {
    let folder = closed_folder();
    let (data, password) = (folder.path().join("data"), random_password());
    let cluster = open(&data, &password).await;
    let server = start(&cluster);
    cluster.wait_until_ready().await.unwrap();
    cluster.ensure_database("pool").await.unwrap();
    stop(server).await;

    let cluster = open(&data, &password).await;
    let server = start(&cluster);
    cluster.wait_until_ready().await.unwrap();
    cluster.ensure_database("pool").await.unwrap();
    let url = cluster.url("pool");
    let connected = async |url: &str| connect(url).await?.ping().await;
    connected(&url).await.unwrap();
    let wrong = url.replace("convos:", "convos:x");
    assert!(connected(&wrong).await.is_err(), "a wrong password was let in");
    stop(server).await;
}

async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    PgConnection::connect(url).await
}

#[tokio::test]
async fn a_server_that_outlived_its_owner_is_stopped_before_the_next_one_starts() {
    let folder = closed_folder();
    let (data, password) = (folder.path().join("data"), random_password());
    let cluster = open(&data, &password).await;
    let mut left_over = start(&cluster);
    cluster.wait_until_ready().await.unwrap();

    // Its owner reaps it while the next one waits for it to go.
    let (next, ended) = tokio::join!(open(&data, &password), left_over.wait());
    assert!(ended.unwrap().success(), "stopped in order");
    let server = start(&next);
    next.wait_until_ready().await.unwrap();
    stop(server).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_server_never_runs_as_root_and_ends_with_a_killed_owner() {
    use std::os::unix::fs::MetadataExt;
    let folder = closed_folder();
    let mut owner = Command::new(env!("CARGO_BIN_EXE_with-postgres"))
        .args(["--", "sh", "-c", "echo $DATABASE_URL; exec cat"])
        .env("TMPDIR", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut url = String::new();
    let mut output = tokio::io::BufReader::new(owner.stdout.take().unwrap());
    tokio::io::AsyncBufReadExt::read_line(&mut output, &mut url).await.unwrap();
    let mut connection = connect(url.trim()).await.unwrap();
    let backend: i32 =
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await.unwrap();
    let uid = std::fs::metadata(format!("/proc/{backend}")).unwrap().uid();
    assert_ne!(uid, 0);

    owner.start_kill().unwrap();
    let gone = async { while connection.ping().await.is_ok() {} };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await.expect("the server goes too");
}
