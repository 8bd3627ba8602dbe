//! A process about itself: memory, files, database connections.

use metrics::gauge;

/// The kernel's unit of `/proc/self/statm` on every machine that this runs on.
const PAGE_BYTES: f64 = 4096.0;

/// Says when the process began and what it is. To be called once.
pub(crate) fn begin() {
    let since = crate::clock::now().timestamp_micros();
    #[expect(clippy::cast_precision_loss, reason = "a microsecond of a start time does not matter")]
    gauge!("process_start_time_seconds").set(since as f64 / 1e6);
    gauge!("process_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Looks at itself. What the machine does not tell is left as it was.
pub(crate) fn look() {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    if let Some(pages) = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<f64>().ok()) {
        gauge!("process_resident_memory_bytes").set(pages * PAGE_BYTES);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        gauge!("process_open_fds").set(f64::from(u32::try_from(files.count()).unwrap_or(u32::MAX)));
    }
}

/// Looks at the connections to the database.
#[cfg(feature = "database")]
pub fn look_at_database(pool: &sqlx::PgPool) {
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    let used = pool.size().saturating_sub(idle);
    gauge!("process_database_connections", "state" => "idle").set(f64::from(idle));
    gauge!("process_database_connections", "state" => "used").set(f64::from(used));
    gauge!("process_database_connections_max").set(f64::from(pool.options().get_max_connections()));
}
