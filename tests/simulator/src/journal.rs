//! What every vendor was asked, in order, and whether it took effect.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// Entries kept; older ones are dropped. A load test of an hour at 50 requests a second fits.
const ENTRIES_MAX: usize = 200_000;

/// One request at one vendor.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Counts from 1 and never repeats until a reset.
    pub seq: u64,
    /// When the request was answered, or given up.
    pub at: DateTime<Utc>,
    /// The same in milliseconds of simulated time since the start.
    pub at_simulated_ms: u64,
    /// Vendor's name as in faults.
    pub vendor: &'static str,
    /// Operation's name as in faults.
    pub operation: String,
    /// Whether the vendor carried the request out, whatever the client was told.
    pub applied: bool,
    /// HTTP status of the answer; absent when none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Kind of the fault that met the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// What the request was about: a name or an id of the vendor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

#[derive(Default)]
struct Pages {
    last_seq: u64,
    entries: VecDeque<Entry>,
}

/// The journal of all vendors.
#[derive(Default)]
pub struct Journal {
    pages: Mutex<Pages>,
}

impl Journal {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds `entry`; its `seq` is given here.
    pub fn record(&self, mut entry: Entry) {
        let mut pages = self.pages();
        pages.last_seq += 1;
        entry.seq = pages.last_seq;
        if pages.entries.len() == ENTRIES_MAX {
            pages.entries.pop_front();
        }
        pages.entries.push_back(entry);
    }

    /// At most `limit` entries after `seq`, oldest first.
    pub fn after(&self, seq: u64, limit: usize) -> Vec<Entry> {
        let pages = self.pages();
        let start = pages.entries.partition_point(|entry| entry.seq <= seq);
        pages.entries.iter().skip(start).take(limit).cloned().collect()
    }

    /// Forgets everything and counts from 1 again.
    pub fn clear(&self) {
        *self.pages() = Pages::default();
    }
}
