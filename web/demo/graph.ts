/** The graph of the latency over the last two minutes. Lines, dashes, hatching and marks tell what is what without colour. */
import { t } from "./i18n/language.js";
import { type GraphShape, type Sample, SPAN, shapeOf } from "./latency-history.js";
import { element } from "./page.js";
import type { Stall } from "./stall-log.js";
import { milliseconds } from "./stats-rows.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 180;
const MARGIN = { left: 48, right: 14, top: 16, bottom: 24 };

/** Draws it, and says in its label what it shows; nothing is announced. */
export function drawGraph(samples: readonly Sample[], stalls: readonly Stall[], now: number): void {
  const known = samples.filter((sample) => sample.latency !== null);
  element("graph-empty").hidden = known.length > 0;
  element("graph-box").hidden = known.length === 0;
  if (known.length === 0) return;

  const svg = element<SVGSVGElement>("graph");
  const width = Math.max(240, svg.clientWidth);
  const frame = {
    left: MARGIN.left,
    top: MARGIN.top,
    width: width - MARGIN.left - MARGIN.right,
    height: HEIGHT - MARGIN.top - MARGIN.bottom,
  };
  const shape = shapeOf(samples, stalls, now, frame);
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.replaceChildren(
    hatching(),
    ...axes(shape, frame.left, frame.left + frame.width, frame.top + frame.height),
    ...stallMarks(shape, frame.top, frame.height),
    make("path", { class: "line-target", d: shape.target }),
    make("path", { class: "line-latency", d: shape.latency }),
    ...(shape.now
      ? [make("circle", { class: "graph-now", cx: shape.now.x, cy: shape.now.latency, r: 4 })]
      : []),
  );
  tell(known, shape.bands.length, svg);
}

function tell(known: readonly Sample[], stallCount: number, svg: SVGSVGElement): void {
  const last = known.at(-1);
  const latencies = known.map(({ latency }) => latency ?? 0);
  const [now, target] = [milliseconds(last?.latency ?? 0), milliseconds(last?.target ?? 0)];
  const [low, high] = [milliseconds(Math.min(...latencies)), milliseconds(Math.max(...latencies))];
  svg.setAttribute("aria-label", t("graphSummary", { now, target, low, high, stalls: stallCount }));
  element("legend-latency").textContent = now;
  element("legend-target").textContent = target;
  element("legend-stalls").textContent = String(stallCount);
}

function axes({ ticks }: GraphShape, left: number, right: number, bottom: number): SVGElement[] {
  const rows = ticks.flatMap(({ y, seconds }) => [
    make("path", { class: "graph-grid", d: `M${left} ${y}H${right}` }),
    make("text", { class: "graph-text", x: left - 8, y: y + 4, "text-anchor": "end" }, `${seconds} s`),
  ]);
  const seconds = SPAN / 1000;
  const steps = right - left < 360 ? [1, 0.5, 0] : [1, 0.75, 0.5, 0.25, 0];
  const times = steps.map((ago) => {
    const anchor = ago === 1 ? "start" : ago === 0 ? "end" : "middle";
    const x = left + (right - left) * (1 - ago);
    const text = ago === 0 ? t("graphNow") : t("graphAgo", { seconds: seconds * ago });
    return make("text", { class: "graph-text", x, y: bottom + 18, "text-anchor": anchor }, text);
  });
  return [...rows, ...times];
}

function stallMarks({ bands }: GraphShape, top: number, height: number): SVGElement[] {
  return bands.flatMap(({ x, width }) => {
    const middle = x + width / 2;
    return [
      make("rect", { class: "stall-band", x, y: top, width, height }),
      make("path", { class: "stall-mark", d: `M${middle - 5} ${top - 11}h10l-5 9z` }),
    ];
  });
}

function hatching(): SVGElement {
  const pattern = make("pattern", {
    id: "hatching",
    width: 6,
    height: 6,
    patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  });
  pattern.append(make("path", { class: "stall-hatch", d: "M0 0v6" }));
  const definitions = make("defs", {});
  definitions.append(pattern);
  return definitions;
}

function make(tag: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== "") made.textContent = text;
  return made;
}
