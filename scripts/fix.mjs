// Formats everything, and applies what the linters can mend by themselves.

import { join } from "node:path";
import { main, ROOT, run } from "./command.mjs";
import { ensurePackages } from "./packages.mjs";

await main(async () => {
  await ensurePackages();
  const tools = join(ROOT, "node_modules/.bin");
  await run(join(tools, "eslint"), ["--fix", "."]);
  await run(join(tools, "prettier"), ["--write", "--log-level", "warn", "."]);
  await run("cargo", ["fmt", "--all"]);
});
