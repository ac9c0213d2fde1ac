// `npm run fix`: formats everything, and applies what the linters can mend by themselves.

import { build } from "./build.mjs";
import { main, run, step } from "./command.mjs";

await main(async () => {
  // The linters read types that come from the build.
  await build();
  await step("cargo fmt", () => run("cargo", ["fmt", "--all"]));
  const clippy = [
    "clippy",
    "--fix",
    "--workspace",
    "--all-targets",
    "--locked",
    "--allow-dirty",
    "--allow-staged",
  ];
  await step("cargo clippy --fix", () => run("cargo", clippy));
  await step("eslint --fix", () =>
    run(process.execPath, ["node_modules/eslint/bin/eslint.js", "--fix", "."]),
  );
  const prettier = ["node_modules/prettier/bin/prettier.cjs", "--write", "--log-level", "warn", "."];
  await step("prettier --write", () => run(process.execPath, prettier));
});
