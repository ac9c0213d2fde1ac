/** The page's language and theme: the switches in its head, and the texts that `index.html` names by their keys. */
import type { TextKey } from "./i18n/en.js";
import { LANGUAGES, language, languageOf, setLanguage, t } from "./i18n/language.js";
import { element } from "./page.js";

const THEMES = ["system", "light", "dark"] as const;

/** Where in the markup a text's key stands, and what to do with the text. */
const PLACES: readonly [attribute: string, put: (target: Element, text: string) => void][] = [
  ["data-t", (target, text) => (target.textContent = text)],
  ["data-t-label", (target, text) => (target.ariaLabel = text)],
  [
    "data-t-title",
    (target, text) => {
      target.setAttribute("title", text);
    },
  ],
];

/** Sets both switches as the reader last left them; `changed` is called for each new language, and at once. */
export function connectPreferences(changed: () => void): void {
  const languages = element<HTMLSelectElement>("language");
  const remembered = recall("language");
  setLanguage(languageOf(remembered === null ? navigator.languages : [remembered]));
  languages.value = language();
  const translate = () => {
    document.documentElement.lang = language();
    translatePage();
    changed();
  };
  languages.addEventListener("change", () => {
    setLanguage(LANGUAGES.find((known) => known === languages.value) ?? "en");
    remember("language", language());
    translate();
  });

  const themes = element<HTMLSelectElement>("theme");
  themes.value = THEMES.find((known) => known === recall("theme")) ?? "system";
  const paint = () => {
    document.documentElement.dataset.theme = themes.value;
  };
  themes.addEventListener("change", () => {
    remember("theme", themes.value);
    paint();
  });
  paint();
  translate();
}

function translatePage(): void {
  for (const [attribute, put] of PLACES) {
    for (const target of document.querySelectorAll(`[${attribute}]`)) {
      put(target, t(target.getAttribute(attribute) as TextKey));
    }
  }
  for (const input of document.querySelectorAll<HTMLInputElement>("#sizes input")) {
    input.ariaLabel = input.value === "1" ? t("wallOne") : t("wallMany", { count: input.value });
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    const { what, tWhat } = button.dataset;
    button.textContent = t("copy");
    button.ariaLabel = t("copyOf", { what: tWhat ? t(tWhat as TextKey) : (what ?? "") });
  }
}

// A page whose storage is blocked forgets, and works.
function recall(name: string): string | null {
  try {
    return localStorage.getItem(`flvgate.${name}`);
  } catch {
    return null;
  }
}

function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`flvgate.${name}`, value);
  } catch {
    return;
  }
}
