/** The keys that work on a tile, and the dialog that lists them. */
import type { TextKey } from "./i18n/en.js";
import { t } from "./i18n/language.js";
import { element, make } from "./page.js";

const LISTED: readonly [keys: TextKey | { key: string }, does: TextKey][] = [
  ["keysArrows", "keysArrowsDo"],
  ["keysHome", "keysHomeDo"],
  ["keysEnter", "keysEnterDo"],
  ["keysSpace", "keysSpaceDo"],
  [{ key: "M" }, "keysMDo"],
  [{ key: "L" }, "keysLDo"],
  [{ key: "S" }, "keysSDo"],
  [{ key: "F" }, "keysFDo"],
  [{ key: "?" }, "keysHelpDo"],
];

/** The control that a key stands for. */
const BUTTONS: Record<string, string> = {
  " ": "play",
  m: "mute",
  l: "live",
  s: "stats-toggle",
  f: "fullscreen",
  "?": "help",
};

/** Letters count on the wall only, so that no dictation or screen reader hits them by chance. */
export function connectShortcuts(openTile: () => void): void {
  const dialog = element<HTMLDialogElement>("shortcuts");
  element("help").addEventListener("click", () => {
    dialog.showModal();
  });
  element("shortcuts-close").addEventListener("click", () => {
    dialog.close();
  });
  element("wall").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    // A button on a tile has its own use for these.
    if (event.target instanceof HTMLButtonElement) return;
    const button = BUTTONS[event.key.toLowerCase()];
    if (event.key === "Enter") openTile();
    else if (button) element(button).click();
    else return;
    event.preventDefault();
  });
}

/** Fills the dialog, in the page's language. */
export function listShortcuts(): void {
  element("keys").replaceChildren(
    ...LISTED.flatMap(([keys, does]) => {
      const key = make("dt");
      key.append(make("kbd", "", typeof keys === "string" ? t(keys) : keys.key));
      return [key, make("dd", "", t(does))];
    }),
  );
}
