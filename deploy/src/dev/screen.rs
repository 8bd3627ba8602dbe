//! What the person at the terminal sees: progress while it works, warnings of the children after.

use std::{
    borrow::Cow,
    fs::File,
    io::{IsTerminal, Read, Seek, SeekFrom},
    path::PathBuf,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::children::Name;

/// How often the logs are looked at for warnings.
const LOG_LOOK_INTERVAL: Duration = Duration::from_millis(250);
/// Warnings of one child shown at one look; the rest is counted and stays in the log.
const WARNINGS_MAX: usize = 5;
/// A warning longer than this, such as one that quotes a statement, is cut; all of it is in the log.
const WARNING_CHARACTERS_MAX: usize = 300;

/// The terminal, or a file or pipe in its place.
#[derive(Clone)]
pub struct Screen {
    spinner: ProgressBar,
    terminal: bool,
    started: Instant,
}

impl Screen {
    /// A spinner on a terminal, plain lines elsewhere.
    pub fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let spinner = if terminal { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg}  {elapsed:.dim}") {
            spinner.set_style(style);
        }
        Self { spinner, terminal, started: Instant::now() }
    }

    /// Something begins that takes a while.
    pub fn working(&self, text: impl Into<String>) {
        let text = text.into();
        if self.terminal {
            self.spinner.enable_steady_tick(Duration::from_millis(100));
            self.spinner.set_message(text);
        }
    }

    /// A line that stays.
    pub fn line(&self, text: &str) {
        if self.terminal {
            self.spinner.suspend(|| eprintln!("{text}"));
        } else {
            eprintln!("{text}");
        }
    }

    /// How far something is: replaces the last such message on a terminal, is a line elsewhere.
    pub fn progress(&self, subject: &str, text: &str) {
        if self.terminal {
            self.working(format!("{subject}: {text}"));
        } else {
            self.line(&format!("  {subject:<10} {text}"));
        }
    }

    /// Something is done: a line that stays, with the time since the start.
    pub fn done(&self, subject: &str, text: &str) {
        self.line(&format!("  {subject:<10} {text} ({:.1} s)", self.started.elapsed().as_secs_f64()));
    }

    /// Nothing is under way any more.
    pub fn rest(&self) {
        self.spinner.finish_and_clear();
    }

    /// Shows the warnings of a child as they appear in its log, for as long as this is polled.
    pub async fn follow(self, name: Name, log: PathBuf) {
        let mut position = std::fs::metadata(&log).map_or(0, |log| log.len());
        loop {
            tokio::time::sleep(LOG_LOOK_INTERVAL).await;
            let lines = read_new_lines(&log, &mut position).unwrap_or_default();
            let warnings: Vec<&str> = lines.lines().filter(|line| is_warning(name, line)).collect();
            for warning in warnings.iter().take(WARNINGS_MAX) {
                self.line(&format!("  {name:<10} {}", cut(without_time(warning))));
            }
            if let Some(more) = warnings.len().checked_sub(WARNINGS_MAX).filter(|more| *more > 0) {
                self.line(&format!("  {name:<10} … and {more} more in {}", log.display()));
            }
        }
    }
}

/// The whole lines after `position`, which moves behind them. A file that shrank is a new one.
fn read_new_lines(log: &PathBuf, position: &mut u64) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    if file.metadata()?.len() < *position {
        *position = 0;
    }
    file.seek(SeekFrom::Start(*position))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    *position += whole as u64;
    Ok(String::from_utf8_lossy(&bytes[..whole]).into_owned())
}

fn is_warning(name: Name, line: &str) -> bool {
    match name {
        // Our refused statements are answered in our own logs; what ends the server is not.
        Name::Postgres => {
            (line.contains(" PANIC: ") || line.contains(" FATAL: ")) && !line.contains("starting up")
        }
        _ => matches!(line.split_whitespace().nth(1), Some("WARN" | "ERROR")),
    }
}

/// `2026-11-22T12:00:00.1Z  WARN text` → `WARN text`.
fn without_time(line: &str) -> &str {
    line.split_once(char::is_whitespace).map_or(line, |(_, rest)| rest.trim_start())
}

fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(WARNING_CHARACTERS_MAX) {
        Some((end, _)) => format!("{} …", &text[..end]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn only_warnings_and_worse_reach_the_terminal() {
        let line = |level: &str| format!("2026-11-22T12:00:00.123Z {level} instance abc is now WARN");
        assert!(is_warning(Name::Pool, &line(" WARN")) && is_warning(Name::Pool, &line("ERROR")));
        assert!(!is_warning(Name::Pool, &line(" INFO")) && !is_warning(Name::Pool, "listening"));
        assert_eq!(without_time(&line(" WARN")), "WARN instance abc is now WARN");
    }

    #[test]
    fn a_warning_that_quotes_a_whole_statement_is_cut() {
        assert_eq!(cut("WARN short"), "WARN short");
        let shown = cut(&"ü".repeat(30_000)).into_owned();
        assert_eq!(shown.chars().count(), WARNING_CHARACTERS_MAX + 2);
    }

    #[test]
    fn half_a_line_is_left_for_the_next_look() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut file = File::create(&path).unwrap();
        let mut position = 0;
        write!(file, "one\ntw").unwrap();
        assert_eq!(read_new_lines(&path, &mut position).unwrap(), "one\n");
        writeln!(file, "o").unwrap();
        assert_eq!(read_new_lines(&path, &mut position).unwrap(), "two\n");
    }
}
