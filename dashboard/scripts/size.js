// The script of the first load, compressed, must stay below this. Charts are loaded later, so they do not count.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KILOBYTES = 200;
const dist = new URL("../dist/", import.meta.url);
const page = readFileSync(new URL("index.html", dist), "utf8");
const files = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(([, file]) => file);

let script = 0;
for (const file of files) {
  const bytes = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
  if (file.endsWith(".js")) script += bytes;
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} kB  ${file}`);
}
console.log(
  `${(script / 1000).toFixed(1).padStart(7)} kB  script of the first load, of ${LIMIT_KILOBYTES} kB`,
);
if (script === 0) throw new Error("the built page names no script");
if (script > LIMIT_KILOBYTES * 1000) process.exit(1);
