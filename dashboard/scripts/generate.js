// Writes src/api/schema.d.ts from the API's description; with --check, only says whether it is fresh.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTypescript, { astToString } from "openapi-typescript";

const description = new URL("../../api/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.d.ts", import.meta.url);
const HEAD = "// Written by `npm run generate` from api/openapi.json. Do not edit.\n\n";

const fresh = HEAD + astToString(await openapiTypescript(description));
if (!process.argv.includes("--check")) writeFileSync(target, fresh);
else if (readFileSync(target, "utf8") !== fresh) {
  console.error("src/api/schema.d.ts is stale: run `npm run generate` in dashboard and commit");
  process.exit(1);
}
