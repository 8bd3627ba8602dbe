//! The image's own steps, as far as they run without an image.

use std::os::unix::fs::MetadataExt;
use std::process::Command;

use anyhow::Result;

#[test]
fn the_container_goes_on_as_the_agents_user_who_then_owns_the_volume() -> Result<()> {
    // Below a folder that everybody may enter, as the root of a container is.
    let scratch = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir()?;
    let volume = scratch.path().join("data");
    std::fs::create_dir_all(volume.join("openclaw"))?;
    let root = std::fs::metadata(&volume)?.uid() == 0;
    for again in [false, true] {
        let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/start"))
            .args(["sh", "-c", "id -u; touch \"$HOME/mine\"; grep NoNewPrivs /proc/self/status"])
            .env("AGENT_USER", "nobody")
            .env("RAILWAY_VOLUME_MOUNT_PATH", &volume)
            .env("HOME", volume.join("home"))
            .output()?;
        let said = String::from_utf8(output.stdout)?;
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        let user: u32 = said.lines().next().unwrap_or_default().parse()?;
        assert_eq!(std::fs::metadata(volume.join("openclaw"))?.uid(), user, "again: {again}");
        if root {
            assert!(user != 0 && said.contains("NoNewPrivs:\t1"), "{said}");
        }
    }
    Ok(())
}

#[test]
fn the_packages_are_pinned_and_their_lock_names_no_address() -> Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/openclaw");
    let read = |name: &str| -> Result<serde_json::Value> {
        Ok(serde_json::from_str(&std::fs::read_to_string(format!("{folder}/{name}"))?)?)
    };
    let (wanted, lock) = (read("package.json")?, read("package-lock.json")?);
    assert_eq!(lock["packages"][""]["dependencies"], wanted["dependencies"]);
    let packages = lock["packages"].as_object().into_iter().flatten();
    for (name, package) in packages.filter(|(name, _)| !name.is_empty()) {
        assert!(package.get("resolved").is_none(), "{name} names where it comes from");
        assert!(
            package["integrity"].is_string() || package["inBundle"] == true,
            "{name} is not pinned by its content"
        );
    }
    for (name, version) in wanted["dependencies"].as_object().into_iter().flatten() {
        let version = version.as_str().unwrap_or_default();
        assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{name} {version} is a range");
        assert_eq!(lock["packages"][format!("node_modules/{name}")]["version"], version);
    }
    Ok(())
}
