// Debian packages, where there is apt and the right to use it.

import { output, Problem, run, step, which } from "./command.mjs";

const mayInstall = () => process.getuid?.() === 0 && which("apt-get") !== undefined;

/** Whether a Debian package is installed. */
const installed = (name) => output("dpkg-query", ["-W", "-f=${db:Status-Status}", name]) === "installed";

/**
 * Makes sure that Debian packages are there.
 *
 * Throws a {@link Problem} that says what to install, and why, where this script may not install it.
 */
export async function aptInstall(names, reason) {
  if (mayInstall()) {
    const missing = names.filter((name) => !installed(name));
    if (missing.length === 0) return;
    await step(`install ${missing.join(" ")} (${reason})`, () => aptGet(missing));
    return;
  }
  const command = `apt-get install -y --no-install-recommends ${names.join(" ")}`;
  throw new Problem(
    `${reason} is missing. On Debian or Ubuntu:\n  sudo ${command}\nElsewhere, install what these packages hold.`,
  );
}

async function aptGet(names) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "--no-install-recommends", ...names];
  // Old package lists name files that the mirror no longer has, and a fresh machine has no lists at all.
  await run("apt-get", ["update"], { env, quiet: true, timeoutSeconds: 300 });
  await run("apt-get", install, { env, quiet: true, timeoutSeconds: 1200 });
}
