/** What a screen reader says by itself. */
import { element } from "./page.js";

/** So long, in milliseconds, a text must stay the newest to be said: states that pass by are not worth a word. */
const PATIENCE = 800;

let timer: ReturnType<typeof setTimeout> | undefined;
let said = "";

export function announce(text: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (text === said) return;
    said = text;
    element("announcer").textContent = text;
  }, PATIENCE);
}
