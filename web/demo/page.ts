/** The page's elements, found once and typed. */

/** The element with that id, which is in `index.html`. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what is in the page, the caller knows.
export function element<E extends Element = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found as unknown as E;
}

/** Checks the radio button of that name and value, if there is one. */
export function checkRadio(name: string, value: string): void {
  const input = document.querySelector<HTMLInputElement>(`input[name=${name}][value="${value}"]`);
  if (input) input.checked = true;
}

/** Makes an element with a class and a text. */
export function make<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  className = "",
  text = "",
): HTMLElementTagNameMap[T] {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  made.textContent = text;
  return made;
}
