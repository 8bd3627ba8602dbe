// What the browser's own performance trace says about a piece of work: where the time of the page's main thread goes.

const CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel"];
/** What the web vitals call a long task. */
const LONG_MICROSECONDS = 50_000;
const SCRIPT = new Set(["FunctionCall", "RunMicrotasks"]);
const STYLE_AND_LAYOUT = new Set(["UpdateLayoutTree", "Layout", "PrePaint", "HitTest"]);
const PAINT = new Set(["Paint", "Layerize", "Commit"]);

/** Traces `work` and sums up the processor time of the main thread; time in which other processes ran does not count. */
export async function traced(browser, page, work) {
  await browser.startTracing(page, { categories: CATEGORIES });
  const result = await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mains = new Set(
    traceEvents
      .filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const spans = traceEvents.filter(({ ph, pid, tid }) => ph === "X" && mains.has(`${pid} ${tid}`));
  const of = (names) => outermost(spans.filter(({ name }) => names.has(name)));
  const milliseconds = (those) => those.reduce((sum, { tdur }) => sum + (tdur ?? 0), 0) / 1_000;
  const [scripts, layouts] = [of(SCRIPT), of(STYLE_AND_LAYOUT)];
  // A script that asks for a place on the page has the page laid out; that is no time of the script.
  const within = ({ ts }) => scripts.some((script) => ts >= script.ts && ts < script.ts + script.dur);
  return {
    result,
    script: milliseconds(scripts) - milliseconds(layouts.filter(within)),
    styleAndLayout: milliseconds(layouts),
    paint: milliseconds(of(PAINT)),
    longTasks: spans.filter(({ name, tdur }) => name === "RunTask" && tdur > LONG_MICROSECONDS).length,
  };
}

/** Those that are in no other one, so that no time counts twice. */
function outermost(spans) {
  let end = 0;
  return spans
    .sort((a, b) => a.ts - b.ts)
    .filter(({ ts, dur }) => {
      if (ts < end) return false;
      end = ts + dur;
      return true;
    });
}
