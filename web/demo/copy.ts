/** The buttons that copy the text beside them. */
import { announce } from "./announce.js";
import { t } from "./i18n/language.js";
import { element } from "./page.js";

export function connectCopyButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    button.addEventListener("click", () => void copy(button));
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const source = element(button.dataset.copy ?? "");
  // The clipboard is there on https and localhost only; elsewhere the text is selected, ready to be copied by hand.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  let done: string;
  try {
    if (!clipboard) throw new Error("no clipboard on plain http");
    await clipboard.writeText(source.textContent);
    done = t("copied");
  } catch {
    getSelection()?.selectAllChildren(source);
    done = t("selected");
  }
  button.textContent = done;
  announce(done);
  setTimeout(() => (button.textContent = t("copy")), 1500);
}
