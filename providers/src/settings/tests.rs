use super::*;

const REQUIRED: [(&str, &str); 7] = [
    ("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/services"),
    ("SERVICES_API_KEY", "services-key-0123456789"),
    ("SERVICES_SECRET_KEY", "0000000000000000000000000000000000000000000000000000000000000000"),
    ("SERVICES_PUBLIC_URL", "https://services.example.org"),
    ("RAILWAY_API_TOKEN", "railway-token-0123456789"),
    ("RAILWAY_RUNTIME_IMAGE", "ghcr.io/xmtplabs/convos-runtime:staging"),
    ("OPENROUTER_MANAGEMENT_KEY", "sk-or-v1-management-0123456789"),
];

fn read(more: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let mut variables = Variables::from_pairs(REQUIRED);
    for (name, value) in more {
        variables.set(*name, *value);
    }
    variables
        .read(Settings::read)
        .map_err(|error| error.problems.into_iter().map(|problem| problem.name).collect())
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let problems = read(&[
        ("RAILWAY_RUNTIME_IMAGE", "not an image"),
        ("SERVICES_API_KEY", "short"),
        ("OPENROUTER_KEY_LIMIT_RESET", "yearly"),
        ("TELNYX_RELEASE", "throw away"),
        ("TIME_SCALE", "10"),
        ("RAILWAY_API_TOKENS", "workspace"),
        ("BANKR_API_KEY", ""),
        ("HEALTH_CONCURRENCY", "0"),
    ])
    .err()
    .unwrap();
    for name in [
        "RAILWAY_RUNTIME_IMAGE",
        "SERVICES_API_KEY",
        "OPENROUTER_KEY_LIMIT_RESET",
        "TELNYX_RELEASE",
        "TIME_SCALE",
        "RAILWAY_API_TOKENS",
        "BANKR_API_KEY",
        "HEALTH_CONCURRENCY",
    ] {
        assert!(problems.iter().any(|problem| problem == name), "{name} is missing in {problems:?}");
    }
}

#[test]
fn a_prefix_that_makes_names_too_long_for_a_vendor_is_refused_at_the_start() {
    let production = ("RAILWAY_ENVIRONMENT_NAME", "production");
    assert_eq!(read(&[production, ("RESOURCE_PREFIX", "tencharact")]).err().unwrap(), ["RESOURCE_PREFIX"]);
    let settings = read(&[production, ("RESOURCE_PREFIX", "eightlet")]).ok().unwrap();
    assert_eq!(settings.naming.of("abc123def456").len(), 32);
    assert!(read(&[("RAILWAY_ENVIRONMENT_NAME", "dev"), ("RESOURCE_PREFIX", "tencharact")]).is_ok());
}

#[test]
fn what_is_needed_is_named_when_nothing_is_set() {
    let error = Variables::from_pairs::<&str, &str>([]).read(Settings::read).err().unwrap();
    let names: Vec<&str> = error.problems.iter().map(|problem| problem.name.as_str()).collect();
    for (name, _) in REQUIRED {
        assert!(names.contains(&name), "{name} is missing in {names:?}");
    }
    assert_eq!(names.len(), REQUIRED.len());
}

#[test]
fn time_runs_faster_only_against_a_simulated_outside() {
    let simulated = [
        ("TIME_SCALE", "60"),
        ("RAILWAY_API_URL", "http://127.0.0.1:9000/railway/graphql/v2"),
        ("GHCR_URL", "http://127.0.0.1:9000/ghcr"),
        ("OPENROUTER_API_URL", "http://127.0.0.1:9000/openrouter/api/v1"),
        ("AGENTMAIL_API_URL", "http://127.0.0.1:9000/agentmail/v0"),
        ("TELNYX_API_URL", "http://127.0.0.1:9000/telnyx/v2"),
        ("BANKR_API_URL", "http://127.0.0.1:9000/bankr"),
    ];
    let settings = read(&simulated).ok().unwrap();
    assert_eq!(settings.pace().wait(Duration::from_secs(30)), Duration::from_millis(500));
    assert_eq!(settings.railway.shelf, 0, "no shelf on a laptop");
    assert_eq!(read(&simulated[..6]).err().unwrap(), ["TIME_SCALE"], "one vendor is real");
    assert_eq!(read(&[]).ok().unwrap().railway.shelf, 3);
}

#[test]
fn several_workspaces_have_a_token_each() {
    let settings =
        read(&[("RAILWAY_API_TOKENS", "ws-a=token-a-0123456789, ws-b=token-b-0123456789")]).ok().unwrap();
    let ids: Vec<_> = settings.railway.tokens.iter().map(|token| token.workspace_id.as_deref()).collect();
    assert_eq!(ids, [Some("ws-a"), Some("ws-b")]);
}

#[test]
fn image_references_are_told_from_nonsense() {
    let digest = "a".repeat(64);
    for good in [
        "ghcr.io/xmtplabs/convos-runtime:staging",
        "ghcr.io/xmtplabs/convos-runtime",
        "localhost:5000/name:tag",
        &format!("ghcr.io/a/b@sha256:{digest}"),
        &format!("ghcr.io/a/b:tag@sha256:{digest}"),
        "name",
    ] {
        assert!(is_image_reference(good), "{good}");
    }
    for bad in
        ["", "not an image", "ghcr.io//b:tag", "ghcr.io/A/b", "a:", "a:-x", "a@sha256:12", "-a/b", "a/b/"]
    {
        assert!(!is_image_reference(bad), "{bad}");
    }
}
