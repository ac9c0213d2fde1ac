/** The package as it is published: packed, installed into fresh projects, bundled, and played from there. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ensurePackages } from "../../scripts/packages.mjs";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";
import { freePort } from "./harness/ports.mjs";
import { Program } from "./harness/processes.mjs";
import { Publisher } from "./harness/publisher.mjs";
import { ROOT } from "./harness/server.mjs";
import { StaticFiles } from "./harness/static-files.mjs";

const TOOLS = `${ROOT}tests/package`;
const ESBUILD = `${TOOLS}/node_modules/esbuild/bin/esbuild`;
/** All that can be imported. */
const ENTRIES = ["", "/engine", "/inline", "/flv", "/videojs", "/custom-type", "/xgplayer"].map(
  (entry) => `flvgate-player${entry}`,
);

const harness = useHarness();
/** Outside the repository, so that nothing is found there that the project has not installed. */
let root;
let tarball;
let publisher;

before(async () => {
  await ensurePackages(TOOLS);
  root = await mkdtemp(join(tmpdir(), "flvgate-package-"));
  const packed = await execute("npm", ["pack", "--pack-destination", root, "--json"], `${ROOT}web`);
  tarball = join(root, JSON.parse(packed.slice(packed.indexOf("[\n")))[0].filename);
});
after(async () => {
  await publisher?.kill();
  if (root) await rm(root, { recursive: true });
});

async function execute(program, args, cwd) {
  const child = new Program(program, args, { cwd });
  await child.succeed();
  return child.output;
}

/** Runs a tool's script of tests/package. */
const tool = (script, args, cwd) =>
  execute(process.execPath, [`${TOOLS}/node_modules/${script}`, ...args], cwd);

/** A project with those files that has installed nothing but the package; hands back its directory. */
async function project(name, files, fields = {}) {
  const directory = join(root, name);
  await mkdir(directory);
  const manifest = JSON.stringify({ name, private: true, type: "module", ...fields });
  for (const [file, text] of Object.entries({ ...files, "package.json": manifest })) {
    await writeFile(join(directory, file), text);
  }
  const quiet = ["--no-audit", "--no-fund", "--loglevel", "error"];
  await execute("npm", ["install", "--offline", ...quiet, tarball], directory);
  return directory;
}

/** A page with the player; the stream comes from the page's address. */
const page = (script) => `<!doctype html><html lang="en"><title>Test</title>
<link rel="icon" href="data:,"><body>${script}<flv-player autoplay muted></flv-player></body></html>`;

const SET_SOURCE = `document.querySelector("flv-player").src = new URLSearchParams(location.search).get("url");`;

/** Uses two entries, which must share what they have in common. */
const MAIN = `
import "flvgate-player";
import { Player } from "flvgate-player/engine";
globalThis.isShared = document.querySelector("flv-player").api instanceof Player;
${SET_SOURCE}`;

/** Opens a page, and sees that its player plays; `inWorker`: there, rather than on the page's thread. */
async function plays(url, { inWorker = true } = {}) {
  if (!publisher) {
    publisher = new Publisher(harness.server, "packed");
    await publisher.live();
  }
  const tab = await harness.open(`${url}?url=${encodeURIComponent(harness.server.streamUrl("packed"))}`);
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red, { count: 10 });
  assert.equal(tab.page.workers().length, inWorker ? 1 : 0, "workers of the page");
  tab.assertClean();
  return tab;
}

/** Serves a directory, and sees that its page plays. */
async function playsFrom(directory, options) {
  const files = await StaticFiles.start(directory);
  harness.atEnd(() => files.stop());
  return await plays(files.url(), options);
}

const isShared = ({ page }) => page.evaluate(() => globalThis.isShared);

test("Vite builds a page that plays", async () => {
  const files = { "index.html": page(`<script type="module" src="main.js"></script>`), "main.js": MAIN };
  const directory = await project("vite", files);
  await tool("vite/bin/vite.js", ["build"], directory);
  assert.ok(await isShared(await playsFrom(join(directory, "dist"))));
});

test("Vite's development server serves a page that plays", async () => {
  const files = { "index.html": page(`<script type="module" src="main.js"></script>`), "main.js": MAIN };
  const directory = await project("vite-dev", files);
  const port = await freePort();
  const args = ["--host", "127.0.0.1", "--port", String(port), "--strictPort"];
  const server = new Program(process.execPath, [`${TOOLS}/node_modules/vite/bin/vite.js`, ...args], {
    cwd: directory,
  });
  harness.atEnd(() => server.end("SIGKILL"));
  const url = `http://127.0.0.1:${port}/`;
  await until("Vite answers", () => fetch(url).catch(() => null), { explain: () => server.output });
  assert.ok(await isShared(await plays(url)));
});

test("webpack builds a page that plays", async () => {
  const directory = await project("webpack", { "main.js": MAIN });
  const args = ["build", "--mode", "production", "--entry", "./main.js", "-o", "dist"];
  await tool("webpack-cli/bin/cli.js", args, directory);
  await writeFile(join(directory, "dist/index.html"), page(`<script defer src="main.js"></script>`));
  assert.ok(await isShared(await playsFrom(join(directory, "dist"))));
});

test("Parcel builds a page that plays", async () => {
  const files = { "index.html": page(`<script type="module" src="main.js"></script>`) };
  for (const [name, main, fields] of [
    ["parcel", `import "flvgate-player";${SET_SOURCE}globalThis.isShared = true;`, {}],
    // It goes by a package's `exports` only when told to.
    ["parcel-exports", MAIN, { "@parcel/resolver-default": { packageExports: true } }],
  ]) {
    const directory = await project(name, { ...files, "main.js": main }, fields);
    await tool("parcel/lib/bin.js", ["build", "index.html", "--no-cache"], directory);
    assert.ok(await isShared(await playsFrom(join(directory, "dist"))));
  }
});

test("esbuild builds a page that plays, when told of the WebAssembly and of the worker", async () => {
  const main = `
    import { init } from "flvgate-player/engine";
    import wasm from "flvgate-player/flvgate_player_bg.wasm";
    init({ module_or_path: wasm });
    ${MAIN}`;
  const directory = await project("esbuild", { "main.js": main });
  const entries = ["main.js", "worker=flvgate-player/worker"];
  const args = ["--bundle", "--format=esm", "--loader:.wasm=file", "--outdir=dist"];
  await execute(ESBUILD, [...entries, ...args], directory);
  await writeFile(join(directory, "dist/index.html"), page(`<script type="module" src="main.js"></script>`));
  assert.ok(await isShared(await playsFrom(join(directory, "dist"))));
});

test("esbuild builds a page that plays, from the entry with the WebAssembly inside", async () => {
  const main = `import "flvgate-player/inline";${SET_SOURCE}`;
  const directory = await project("esbuild-inline", { "main.js": main });
  await execute(ESBUILD, ["main.js", "--bundle", "--outdir=dist"], directory);
  await writeFile(join(directory, "dist/index.html"), page(`<script defer src="main.js"></script>`));
  await playsFrom(join(directory, "dist"), { inWorker: false });
});

test("a page without a bundler plays, as a module by an import map and as a classic script", async () => {
  const dist = "/node_modules/flvgate-player/dist";
  const imports = {
    "flvgate-player": `${dist}/flvgate-player.js`,
    "flvgate-player/engine": `${dist}/engine.js`,
  };
  const directory = await project("html", {
    "index.html": page(
      `<script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="main.js"></script>`,
    ),
    "main.js": MAIN,
  });
  assert.ok(await isShared(await playsFrom(directory)));
  const script = `<script src="${dist}/flvgate-player.iife.js"></script>`;
  await writeFile(
    join(directory, "index.html"),
    page(script).replace("</body>", `<script>${SET_SOURCE}</script>`),
  );
  await playsFrom(directory, { inWorker: false });
});

test("all that can be imported can be imported on a server, and has types", async () => {
  const names = ENTRIES.map((entry, index) => `import * as entry${index} from ${JSON.stringify(entry)};`);
  const directory = await project("imports", {
    "main.mjs": `${names.join("\n")}\nconsole.log(${names.map((_, index) => `Object.keys(entry${index}).length`)});`,
    "main.ts": `${names.join("\n")}
import { FlvPlayerElement, Player, init, type PlayerStats } from "flvgate-player";
import wasm from "flvgate-player/flvgate_player_bg.wasm";
await init({ module_or_path: wasm });
const element: FlvPlayerElement = document.createElement("flv-player");
element.addEventListener("statechange", ({ detail }) => detail.state satisfies string);
element.addEventListener("stats", ({ detail }) => detail satisfies PlayerStats);
new Player({ latencyTarget: 0.5 }).on("error", ({ code, fatal }) => [code satisfies string, fatal satisfies boolean]);
export const all = [${names.map((_, index) => `entry${index}`)}];`,
  });
  const counts = await execute(process.execPath, ["main.mjs"], directory);
  assert.ok(
    counts
      .trim()
      .split(" ")
      .every((count) => Number(count) > 0),
    counts,
  );
  // Checks the package's types too.
  const compilerOptions = { strict: true, noEmit: true, target: "es2022", module: "nodenext", types: [] };
  await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
  await tool("typescript/bin/tsc", ["-p", "."], directory);
});

test("the package has the version of the server", async () => {
  const [cargo, npm] = await Promise.all(
    ["Cargo.toml", "web/package.json"].map((file) => readFile(`${ROOT}${file}`, "utf8")),
  );
  assert.equal(JSON.parse(npm).version, cargo.match(/^version = "(.+)"$/m)[1]);
});

test("the package is put together as its users' tools expect", async () => {
  await tool("publint/src/cli.js", [tarball, "--strict"], root);
  // What cannot be imported: a classic script.
  const not = ["--exclude-entrypoints", "flvgate-player.iife.js"];
  await tool("@arethetypeswrong/cli/dist/index.js", [tarball, "--profile", "esm-only", ...not], root);
});
