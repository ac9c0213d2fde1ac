// Builds web/dist, which is both what the npm package contains and what the server serves at `/`:
//
//   flvgate-player.js, engine.js, ..., chunk-*.js, flvgate_player_bg.wasm, types/     the package
//   inline.js, flvgate-player.iife.js                                                 the same with the WebAssembly inside
//   index.html, demo.js, demo.css, ...                                                the demo page
//
//   node web/scripts/build.mjs [--dev]      --dev: not minified

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const WEB = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(WEB, "dist");
const WASM = join(WEB, "wasm/flvgate_player_bg.wasm");
const DEMO_FILES = ["index.html", "favicon.svg"];

/** The package's files by the sources that they are made of; they share chunks. */
const ENTRIES = {
  "flvgate-player": "src/index.ts",
  engine: "src/engine.ts",
  worker: "src/worker.ts",
  flv: "src/flv.ts",
  videojs: "src/hosts/videojs.ts",
  "custom-type": "src/hosts/custom-type.ts",
  xgplayer: "src/hosts/xgplayer.ts",
};

/** The page loads the package's own file beside it, so that there is one copy and the page shows how it is used. */
const usePackageFile = {
  name: "use-package-file",
  setup(builder) {
    builder.onResolve({ filter: /^\.\.\/src\/index\.js$/ }, () => ({
      path: "./flvgate-player.js",
      external: true,
    }));
  },
};

/** Puts the WebAssembly into the script, for pages that can bring no second file. */
const inlineWasm = {
  name: "inline-wasm",
  setup(builder) {
    builder.onResolve({ filter: /\/wasm-source\.js$/ }, () => ({ path: join(WEB, "src/wasm-inline.ts") }));
    // A worker is a second file.
    builder.onResolve({ filter: /\/remote-player\.js$/ }, () => ({ path: join(WEB, "src/no-worker.ts") }));
    // The glue's own default, which is never taken: a classic script cannot have import.meta.
    builder.onLoad({ filter: /flvgate_player\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/new URL\([^)]*import\.meta\.url\)/, "undefined"),
    }));
  },
};

async function bundle(dev) {
  const options = {
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: !dev,
    sourcemap: true,
    legalComments: "none",
    logLevel: "warning",
    absWorkingDir: WEB,
  };
  await build({
    ...options,
    entryPoints: ENTRIES,
    outdir: DIST,
    splitting: true,
    chunkNames: "chunk-[hash]",
  });
  const inline = {
    ...options,
    sourcemap: false,
    loader: { ".wasm": "binary" },
    plugins: [inlineWasm],
  };
  await build({ ...inline, entryPoints: { inline: "src/index.ts" }, outdir: DIST });
  await build({
    ...inline,
    entryPoints: { "flvgate-player.iife": "src/index.ts" },
    outdir: DIST,
    format: "iife",
    globalName: "flvgate",
    // The form that module loaders of old ask for.
    footer: { js: 'typeof module==="object"&&module.exports&&(module.exports=flvgate);' },
  });
  await build({
    ...options,
    entryPoints: ["demo/demo.ts", "demo/demo.css"],
    outdir: DIST,
    plugins: [usePackageFile],
  });
}

function emitTypes() {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", join(WEB, "tsconfig.types.json")], {
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("the types could not be made");
}

if (!existsSync(WASM)) {
  console.error(`${WASM} is missing: \`npm run build\` in the repository's root makes it first`);
  process.exit(1);
}
rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST);
await bundle(process.argv.includes("--dev"));
emitTypes();
cpSync(WASM, join(DIST, "flvgate_player_bg.wasm"));
for (const file of DEMO_FILES) cpSync(join(WEB, "demo", file), join(DIST, file));
