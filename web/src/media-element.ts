/** A custom element that is a media element by lending out the `<video>` in its shadow root. */

/** Attributes that the inner `<video>` simply gets too. */
export const FORWARDED_ATTRIBUTES = [
  "autopictureinpicture",
  "controls",
  "controlslist",
  "crossorigin",
  "disablepictureinpicture",
  "disableremoteplayback",
  "loop",
  "muted",
  "playsinline",
  "poster",
] as const;

/** Events of the inner `<video>` that the element has too. `error` is not among them: the player handles it. */
const FORWARDED_EVENTS = [
  "abort",
  "canplay",
  "canplaythrough",
  "durationchange",
  "emptied",
  "ended",
  "enterpictureinpicture",
  "leavepictureinpicture",
  "loadeddata",
  "loadedmetadata",
  "loadstart",
  "pause",
  "play",
  "playing",
  "progress",
  "ratechange",
  "resize",
  "seeked",
  "seeking",
  "stalled",
  "suspend",
  "timeupdate",
  "volumechange",
  "waiting",
  "encrypted",
  "waitingforkey",
  "webkitbeginfullscreen",
  "webkitendfullscreen",
  "webkitpresentationmodechanged",
] as const;

/** What the element does itself, and constants, which it needs not. */
const OWN = /^(constructor|src|srcObject|error|load|play|width|height|[A-Z_]+)$/;

/** Boolean attributes that are properties too, as (property, attribute). */
const BOOLEAN_ATTRIBUTES = [
  ["autoplay", "autoplay"],
  ["controls", "controls"],
  ["defaultMuted", "muted"],
  ["loop", "loop"],
  ["playsInline", "playsinline"],
] as const;

const STYLE = `
  :host { display: inline-block; position: relative; line-height: 0; width: 640px; max-width: 100%; aspect-ratio: 16 / 9; background: #000 }
  :host([hidden]) { display: none }
  video, ::slotted(video) { width: 100%; height: 100%; object-fit: var(--media-object-fit, contain); object-position: var(--media-object-position, 50% 50%) }
`;

/** Where there is no DOM, as in server-side rendering, the class must still be importable. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- it stands in for HTMLElement.
const StandIn = class {} as typeof HTMLElement;
const ElementBase = (globalThis.HTMLElement as typeof HTMLElement | undefined) ?? StandIn;

/** What the element takes over from `<video>` as it is; defined on the prototype below. */
type Forwarded = Omit<
  HTMLVideoElement,
  | keyof HTMLElement
  | `${"NETWORK" | "HAVE"}_${string}`
  | ("src" | "srcObject" | "error" | "load" | "play" | "width" | "height")
  | ("poster" | "crossOrigin" | "preload")
>;

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- defineForwarded defines all of it.
export interface MediaElement extends Forwarded {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- as above.
export class MediaElement extends ElementBase {
  #video!: HTMLVideoElement;
  #listening: AbortController | undefined;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    // Not a <style>, which a Content-Security-Policy without 'unsafe-inline' forbids.
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    root.adoptedStyleSheets = [style];
    const slot = document.createElement("slot");
    slot.name = "media";
    const own = document.createElement("video");
    own.part.add("video");
    slot.append(own);
    root.append(slot);
    this.#adopt(own);
    slot.addEventListener("slotchange", () => {
      const given = slot.assignedElements().find((element) => element instanceof HTMLVideoElement);
      this.#adopt(given ?? own);
    });
  }

  /** The `<video>` that plays: the page's own, if it puts one into the slot `media`. */
  get video(): HTMLVideoElement {
    return this.#video;
  }

  /** Another `<video>` plays from now on. */
  protected videoChanged(): void {
    // For those who play on it.
  }

  #adopt(video: HTMLVideoElement): void {
    if ((this.#video as HTMLVideoElement | undefined) === video) return;
    this.#listening?.abort();
    const isFirst = this.#listening === undefined;
    const { signal } = (this.#listening = new AbortController());
    this.#video = video;
    for (const type of FORWARDED_EVENTS) {
      video.addEventListener(type, () => this.dispatchEvent(new Event(type)), { signal });
    }
    if (isFirst) return;
    for (const name of FORWARDED_ATTRIBUTES) {
      this.attributeChangedCallback(name, null, this.getAttribute(name));
    }
    this.videoChanged();
  }

  get poster(): string {
    return this.video.poster;
  }

  set poster(url: string) {
    this.setAttribute("poster", url);
  }

  get crossOrigin(): string | null {
    return this.getAttribute("crossorigin");
  }

  set crossOrigin(value: string | null) {
    if (value === null) this.removeAttribute("crossorigin");
    else this.setAttribute("crossorigin", value);
  }

  get preload(): string {
    return this.getAttribute("preload") ?? "auto";
  }

  set preload(value: string) {
    this.setAttribute("preload", value);
  }

  attributeChangedCallback(name: string, _old: string | null, value: string | null): void {
    if (!(FORWARDED_ATTRIBUTES as readonly string[]).includes(name)) return;
    if (value === null) this.video.removeAttribute(name);
    else this.video.setAttribute(name, value);
    // On an element that exists already, the attribute alone changes the default only.
    if (name === "muted") this.video.muted = value !== null;
  }
}

function defineForwarded(prototype: MediaElement): void {
  type Loose = Record<string, unknown>;
  const videoOf = (element: unknown) => (element as MediaElement).video as unknown as Loose;
  const define = (name: string, descriptor: PropertyDescriptor) =>
    Object.defineProperty(prototype, name, { configurable: true, enumerable: true, ...descriptor });

  for (const { prototype: source } of [HTMLVideoElement, HTMLMediaElement]) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(source))) {
      if (OWN.test(name) || name in prototype) continue;
      if (typeof descriptor.value === "function") {
        define(name, {
          writable: true,
          value(this: MediaElement, ...parameters: unknown[]) {
            return (videoOf(this)[name] as (...parameters: unknown[]) => unknown).apply(
              this.video,
              parameters,
            );
          },
        });
        continue;
      }
      define(name, {
        get(this: MediaElement) {
          return videoOf(this)[name];
        },
        ...(descriptor.set !== undefined && {
          set(this: MediaElement, value: unknown) {
            videoOf(this)[name] = value;
          },
        }),
      });
    }
  }
  for (const [property, attribute] of BOOLEAN_ATTRIBUTES) {
    define(property, {
      get(this: MediaElement) {
        return this.hasAttribute(attribute);
      },
      set(this: MediaElement, value: boolean) {
        this.toggleAttribute(attribute, value);
      },
    });
  }
}

if (ElementBase !== StandIn) defineForwarded(MediaElement.prototype);
