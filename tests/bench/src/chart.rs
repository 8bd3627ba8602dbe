//! Charts as SVG: lines and bars, readable on light and dark pages.

use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 44.0;
const TOP: f64 = 30.0;
const RIGHT: f64 = 20.0;
const COLOURS: [&str; 4] = ["#2f7ed8", "#e8762b", "#3aa655", "#8e5bb5"];
const TICKS: u32 = 5;

fn open() -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>"
    )
}

/// A round number at or above `value`.
fn ceiling(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.iter().map(|step| step * power).find(|round| *round >= value).unwrap_or(value)
}

fn label(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// A named line of points.
pub type Series<'a> = (&'a str, Vec<(f64, f64)>);

/// Lines over a common scale.
pub fn lines(horizontal: &str, vertical: &str, series: &[Series<'_>]) -> String {
    let points = || series.iter().flat_map(|(_, points)| points);
    let most_x = ceiling(points().map(|point| point.0).fold(0.0, f64::max));
    let most_y = ceiling(points().map(|point| point.1).fold(0.0, f64::max));
    let x = |value: f64| LEFT + value / most_x * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - value / most_y * (HEIGHT - BOTTOM - TOP);
    let mut svg = open();
    for tick in 0..=TICKS {
        let share = f64::from(tick) / f64::from(TICKS);
        let (at_x, at_y) = (x(most_x * share), y(most_y * share));
        // Writing to a string cannot fail.
        let _ = write!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{at_y:.1}\" y2=\"{at_y:.1}\" stroke=\"#dddddd\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <text x=\"{at_x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at_y + 4.0,
            label(most_y * share),
            HEIGHT - BOTTOM + 16.0,
            label(most_x * share),
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{horizontal}</text><text x=\"{LEFT}\" y=\"16\">{vertical}</text>",
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 8.0,
    );
    for (index, (name, points)) in series.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let path: Vec<String> =
            points.iter().map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1))).collect();
        let _ = write!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>\
             <text x=\"{:.1}\" y=\"16\" fill=\"{colour}\">{name}</text>",
            path.join(" "),
            LEFT + 120.0 * (index as f64 + 1.0),
        );
    }
    svg + "</svg>\n"
}

/// Bars beside each other, each with its value.
pub fn bars(values: &[(&str, f64)]) -> String {
    let most = ceiling(values.iter().map(|(_, value)| *value).fold(0.0, f64::max));
    let width = (WIDTH - LEFT - RIGHT) / values.len().max(1) as f64;
    let mut svg = open();
    for (index, (name, value)) in values.iter().enumerate() {
        let height = value / most * (HEIGHT - BOTTOM - TOP);
        let (left, top) = (LEFT + width * (index as f64 + 0.2), HEIGHT - BOTTOM - height);
        let middle = left + width * 0.3;
        let _ = write!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{}\"/>\
             <text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{value:.0}</text>\
             <text x=\"{middle:.1}\" y=\"{}\" text-anchor=\"middle\">{name}</text>",
            width * 0.6,
            COLOURS[index % COLOURS.len()],
            top - 6.0,
            HEIGHT - BOTTOM + 18.0,
        );
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        assert_eq!(ceiling(0.0), 1.0);
        assert_eq!(ceiling(37.0), 50.0);
        assert_eq!(ceiling(0.013), 0.02);
        assert_eq!(ceiling(1_001.0), 2_000.0);
    }

    #[test]
    fn a_chart_has_a_line_a_series() {
        let svg = lines("s", "ms", &[("p50", vec![(0.0, 1.0), (1.0, 2.0)]), ("p99", vec![(0.0, 3.0)])]);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(bars(&[("a", 1.0), ("b", 2.0)]).contains(">b</text>"));
    }
}
