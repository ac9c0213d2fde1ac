/** The page's language: chosen by the reader, else the browser's. */
import { en, type TextKey, type Texts } from "./en.js";
import { enNames, zhNames, type Names } from "./names.js";
import { zh } from "./zh.js";

export const LANGUAGES = ["en", "zh-CN"] as const;
export type Language = (typeof LANGUAGES)[number];

const TEXTS: Record<Language, Texts> = { en, "zh-CN": zh };
const NAMES: Record<Language, Names> = { en: enNames, "zh-CN": zhNames };

let current: Language = "en";

/** The first of the reader's languages that there is; English if there is none. */
export function languageOf(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

export function setLanguage(language: Language): void {
  current = language;
}

export function language(): Language {
  return current;
}

/** The text in the page's language, with `{name}` filled in. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return TEXTS[current][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** What a code of the player or a field of its statistics is called; `undefined` for one that this page does not know. */
export function nameOf(kind: keyof Names, key: string): string | undefined {
  const names: Record<string, string> = NAMES[current][kind];
  return Object.hasOwn(names, key) ? names[key] : undefined;
}
