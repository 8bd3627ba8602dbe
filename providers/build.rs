//! A new migration file has to be seen by `sqlx::migrate!`, which only reads the folder when this crate is built.

fn main() {
    println!("cargo:rerun-if-changed=../migrations/services");
}
