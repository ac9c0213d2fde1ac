/** Pages with a Content-Security-Policy: what it must allow, and what the player says of one that does not. */
import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { MARKERS, Watch, until, useHarness } from "./harness.mjs";
import { Publisher } from "./harness/publisher.mjs";
import { ROOT } from "./harness/server.mjs";
import { StaticFiles } from "./harness/static-files.mjs";

const harness = useHarness();
const toEnd = [];
after(async () => {
  for (const end of toEnd.reverse()) await end();
});

/** All that the player needs, as docs/embedding.md has it. */
const policy = () => ({
  "default-src": "'none'",
  "script-src": "'self' 'wasm-unsafe-eval'",
  "worker-src": "'self'",
  "connect-src": `'self' ${harness.server.url("")}`,
  "media-src": "blob:",
});

/** One directory and one publisher for all of them; starts them once. */
let stage = async () => {
  const publisher = new Publisher(harness.server, "policy");
  toEnd.push(() => publisher.kill());
  const root = await mkdtemp(join(tmpdir(), "flvgate-csp-"));
  toEnd.push(() => rm(root, { recursive: true }));
  await symlink(`${ROOT}web/dist`, join(root, "dist"));
  const source = harness.server.streamUrl("policy");
  await writeFile(
    join(root, "index.html"),
    `<!doctype html><html lang="en"><title>Test</title><link rel="icon" href="data:," /><body>
    <script type="module" src="dist/flvgate-player.js"></script>
    <flv-player src="${source}" autoplay muted></flv-player></body></html>`,
  );
  await publisher.live();
  stage = async () => root;
  return root;
};

/** Opens the page under that policy; the worker's own script comes with it too, as from any host that sets one for all. */
async function open(directives) {
  const root = await stage();
  const value = Object.entries(directives)
    .map((directive) => directive.join(" "))
    .join("; ");
  const files = await StaticFiles.start(root, { "content-security-policy": value });
  harness.atEnd(() => files.stop());
  return await harness.open(files.url());
}

test("a page whose policy allows what the documentation says plays, in the worker", async () => {
  const tab = await open({ ...policy(), "img-src": "data:" });
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red);
  assert.equal(tab.page.workers().length, 1);
  tab.assertClean();
});

test("a policy that forbids workers leaves the player on the page's thread", async () => {
  const tab = await open({ ...policy(), "worker-src": "'none'" });
  const watch = await Watch.start(tab.page);
  await watch.moves(MARKERS.red);
  assert.equal(tab.page.workers().length, 0);
});

for (const [directive, value, code, named] of [
  ["script-src", "'self'", "wasm", /'wasm-unsafe-eval'/],
  ["media-src", "'none'", "media-source-blocked", /media-src blob:/],
]) {
  for (const worker of [true, false]) {
    test(`an error names ${directive}, ${worker ? "with" : "without"} a worker`, async () => {
      const tab = await open({
        ...policy(),
        [directive]: value,
        ...(worker ? {} : { "worker-src": "'none'" }),
      });
      const error = await until("the error", async () => (await tab.told("error"))[0]);
      assert.equal(error.code, code);
      assert.match(error.message, named);
    });
  }
}

for (const transport of ["http", "ws"]) {
  for (const worker of [true, false]) {
    test(`an error names connect-src over ${transport}, ${worker ? "with" : "without"} a worker`, async () => {
      const tab = await open({
        ...policy(),
        "connect-src": "'self'",
        ...(worker ? {} : { "worker-src": "'none'" }),
      });
      if (transport === "ws") {
        await tab.page.evaluate(
          (url) => {
            document.querySelector("flv-player").src = url;
          },
          harness.server.streamUrl("policy", "ws"),
        );
      }
      const { origin } = new URL(harness.server.streamUrl("policy", transport));
      const error = await until("the error", async () => {
        return (await tab.told("error")).find(({ message }) => message.includes(origin));
      });
      assert.equal(error.code, "connection-blocked");
      assert.ok(error.fatal && error.message.includes(`connect-src ${origin}`), error.message);
    });
  }
}
