/** The demo page: what is live, and a wall of players for it. */
import "../src/index.js";
import { connectCopyButtons } from "./copy.js";
import { element } from "./page.js";
import { Page } from "./demo-page.js";
import { showPublishHelp } from "./publish-help.js";
import { connectShortcuts, listShortcuts } from "./shortcuts.js";
import { choiceOfText } from "./stream-url.js";
import { connectPreferences } from "./translate.js";
import { wallSizeOf } from "./wall-plan.js";

const page = new Page();

function radios(name: string, changed: (value: string) => void): void {
  for (const input of document.querySelectorAll<HTMLInputElement>(`input[name=${name}]`)) {
    input.addEventListener("change", () => {
      changed(input.value);
    });
  }
}

radios("size", (value) => {
  page.resize(wallSizeOf(value));
});
radios("transport", (value) => {
  page.chooseTransport(value === "ws" ? "ws" : "http");
});
radios("mode", (value) => {
  page.chooseMode(value === "webcodecs" ? "webcodecs" : "mse");
});
radios("kind", () => {
  page.showSelected();
});
element<HTMLSelectElement>("tile-stream").addEventListener("change", ({ currentTarget }) => {
  page.pick((currentTarget as HTMLSelectElement).value);
});
element<HTMLFormElement>("url-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = element<HTMLInputElement>("url").value;
  if (text.trim() === "") return;
  const choice = choiceOfText(text, page.transport);
  page.pick(choice.stream, choice.transport);
});
addEventListener("hashchange", () => {
  page.readAddress();
});

// Browsers have them on pages from `https:` and from the machine itself only.
element("modes").hidden = !("VideoDecoder" in globalThis);
showPublishHelp(location.hostname);
connectCopyButtons();
connectShortcuts(() => {
  page.openTile();
});
connectPreferences(() => {
  listShortcuts();
  page.translate();
});
page.start();
