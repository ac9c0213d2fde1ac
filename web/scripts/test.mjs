// Runs the tests in web/test with node's own runner; they are TypeScript, which node 20 does not read by itself.
//
//   node web/scripts/test.mjs

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const TESTS = join(dirname(dirname(fileURLToPath(import.meta.url))), "test");
const sources = readdirSync(TESTS)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join(TESTS, name));
const out = mkdtempSync(join(tmpdir(), "flvgate-web-test-"));
try {
  await build({
    entryPoints: sources,
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const files = readdirSync(out).map((name) => join(out, name));
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
