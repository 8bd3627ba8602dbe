//! Where the time of the two processes goes while claims come in: flame graphs from `perf`'s samples of their stacks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::claims::claim_ready;
use crate::load::open_loop;
use crate::report::{Chart, Report};
use crate::stage::Stage;

const LENGTH: Duration = Duration::from_secs(6);
const SAMPLES_A_SECOND: &str = "199";
const WIDTH: f64 = 1_200.0;
const ROW: f64 = 16.0;
/// Narrower boxes are left out.
const NARROWEST: f64 = 1.0;
/// Deeper frames are left out.
const DEEPEST: usize = 60;
/// Frames that say nothing: the machinery under every task.
const DULL: [&str; 9] =
    ["core::", "<core::", "std::", "<std::", "alloc::", "__rust", "start_thread", "clone3", "[unknown]"];

pub async fn measure(stage: &mut Stage, report: &mut Report, rate: f64) -> Result<()> {
    stage.refill((rate * LENGTH.as_secs_f64() * 1.5) as u32 + 500).await?;
    eprintln!("profiling pool and services at {rate} claims a second");
    let api = stage.world.api();
    let load = open_loop(rate, LENGTH, |number| claim_ready(api.clone(), "profile".into(), number));
    let folder = tempfile::tempdir()?;
    let watched = async {
        let mut recorders = Vec::new();
        for child in [&stage.world.pools[0], &stage.world.services[0]] {
            let pid = child.pid().context("a process that runs has an id")?.to_string();
            let data = folder.path().join(child.name());
            let recorder = Command::new("perf")
                .args([
                    "record",
                    "-q",
                    "-e",
                    "cpu-clock",
                    "-F",
                    SAMPLES_A_SECOND,
                    "--call-graph",
                    "dwarf,16384",
                    "-p",
                    &pid,
                ])
                .arg("-o")
                .arg(&data)
                .args(["--", "sleep", &LENGTH.as_secs().to_string()])
                .spawn()
                .context("start perf")?;
            recorders.push((child.name().to_owned(), data, recorder));
        }
        for (_, _, recorder) in &mut recorders {
            recorder.wait().await?;
        }
        anyhow::Ok(recorders.into_iter().map(|(name, data, _)| (name, data)).collect::<Vec<_>>())
    };
    let (_samples, recorded) = tokio::join!(load, watched);
    let recorded = match recorded {
        Ok(recorded) => recorded,
        Err(error) => {
            report.note(format!("No flame graphs: {error:#}."));
            return Ok(());
        }
    };
    for (name, data) in recorded {
        let output = Command::new("perf").args(["script", "--no-inline", "-i"]).arg(&data).output().await?;
        ensure!(output.status.success(), "perf script failed: {}", String::from_utf8_lossy(&output.stderr));
        let stacks = fold(&String::from_utf8_lossy(&output.stdout));
        report.chart(Chart {
            file: format!("flame-{name}.svg"),
            title: format!("Where the CPU time of {name} goes at {rate} claims a second"),
            svg: flames(&stacks),
        });
    }
    Ok(())
}

/// How often each stack was seen, its outermost frame first.
type Stacks = BTreeMap<Vec<String>, u32>;

/// Reads `perf script`: a header line for each sample, its frames innermost first, an empty line.
fn fold(text: &str) -> Stacks {
    let mut stacks = Stacks::new();
    for sample in text.split("\n\n") {
        let frames = sample.lines().skip(1).filter_map(|line| {
            let rest = line.trim().split_once(' ')?.1;
            let name = rest.rsplit_once(" (").map_or(rest, |(name, _)| name);
            let name = name.rsplit_once("+0x").map_or(name, |(name, _)| name);
            (!DULL.iter().any(|dull| name.starts_with(dull))).then(|| short(name))
        });
        let mut stack: Vec<String> = frames.collect();
        if stack.is_empty() {
            continue;
        }
        stack.reverse();
        stack.dedup();
        stack.truncate(DEEPEST);
        *stacks.entry(stack).or_default() += 1;
    }
    stacks
}

/// Without the hash that the compiler appends.
fn short(name: &str) -> String {
    match name.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 => name.to_owned(),
        _ => name.to_owned(),
    }
}

fn flames(stacks: &Stacks) -> String {
    let total: u32 = stacks.values().sum();
    let deepest = stacks.keys().map(Vec::len).max().unwrap_or(0);
    let height = (deepest + 2) as f64 * ROW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"monospace\" font-size=\"10\">\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\
         <text x=\"4\" y=\"12\">{total} samples; the outermost frame is at the top</text>"
    );
    let all: Vec<(&[String], u32)> = stacks.iter().map(|(stack, count)| (stack.as_slice(), *count)).collect();
    boxes(&mut svg, &all, 0, 0.0, WIDTH / f64::from(total.max(1)));
    svg + "</svg>\n"
}

/// Draws the frames at one depth, and those below them. The stacks are sorted, so equal frames are neighbours.
fn boxes(svg: &mut String, stacks: &[(&[String], u32)], depth: usize, mut left: f64, scale: f64) {
    let mut rest = stacks;
    while let Some((first, count)) = rest.first() {
        let Some(name) = first.get(depth) else {
            left += f64::from(*count) * scale;
            rest = &rest[1..];
            continue;
        };
        let same = rest.iter().take_while(|(stack, _)| stack.get(depth) == Some(name)).count();
        let samples: u32 = rest[..same].iter().map(|(_, count)| count).sum();
        let width = f64::from(samples) * scale;
        if width >= NARROWEST {
            frame(svg, name, samples, (left, depth as f64 * ROW + ROW, width));
            boxes(svg, &rest[..same], depth + 1, left, scale);
        }
        left += width;
        rest = &rest[same..];
    }
}

fn frame(svg: &mut String, name: &str, samples: u32, (left, top, width): (f64, f64, f64)) {
    let escaped = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let hue = name.bytes().fold(0_u32, |hue, byte| hue.wrapping_mul(31).wrapping_add(u32::from(byte))) % 50;
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<g><title>{escaped}: {samples}</title>\
         <rect x=\"{left:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{}\" fill=\"hsl({hue},70%,70%)\"/>",
        ROW - 1.0
    );
    let letters = (width / 6.2) as usize;
    if letters >= 4 {
        let last = name.rsplit("::").next().unwrap_or(name);
        let shown = if name.chars().count() <= letters { name } else { last };
        let shown: String = shown.chars().take(letters).collect();
        let shown = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(svg, "<text x=\"{:.1}\" y=\"{}\">{shown}</text>", left + 2.0, top + 11.0);
    }
    svg.push_str("</g>");
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "pool 1 1.0: cpu-clock:\n\
        \t 1 pool::inner::h0123456789abcdef+0x10 (/x)\n\t 2 core::ops::call (/x)\n\t 3 pool::outer (/x)\n\n\
        pool 1 2.0: cpu-clock:\n\t 3 pool::outer+0x1 (/x)\n";

    #[test]
    fn stacks_are_counted_from_their_outermost_frame() {
        let stacks = fold(SCRIPT);
        let names: Vec<String> = stacks.keys().map(|stack| stack.join(";")).collect();
        assert_eq!(names, ["pool::outer", "pool::outer;pool::inner"]);
    }

    #[test]
    fn a_frame_is_as_wide_as_everything_in_it() {
        let svg = flames(&fold(SCRIPT));
        assert!(svg.contains("<title>pool::outer: 2</title>"), "{svg}");
        assert!(svg.contains("<title>pool::inner: 1</title>"), "{svg}");
    }
}
