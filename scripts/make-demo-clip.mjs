// Makes tests/media/demo.flv, the clip that `npm start` publishes in a loop. Needs ffmpeg and the DejaVu fonts.
//
// Everything in it has a period that divides its length, picture and sound, so that the loop has no visible or
// audible seam. A dot jumps and a note sounds at the start of each second, so that eye and ear can judge their sync.

import { join } from "node:path";
import { isMain, main, output, Problem, ROOT, run } from "./command.mjs";

const OUT = join(ROOT, "tests/media/demo.flv");
const [WIDTH, HEIGHT, RATE, SECONDS] = [854, 480, 25, 24];
const KEYFRAME_INTERVAL = 2 * RATE;

/** A wave over the clip: `cycles` whole periods from its start to its end. */
const wave = (cycles, phase = "0") => `sin(2*PI*${cycles}*T/${SECONDS}+${phase})`;

/** Slow lights in the dark. Computed small and scaled up, because it has no detail and `geq` is slow. */
function background() {
  const [x, y] = ["(X/W)", "(Y/H)"];
  const glow = (cx, cy, size) => `exp(-((${x}-${cx})*(${x}-${cx})+(${y}-${cy})*(${y}-${cy})*0.4)/${size})`;
  const teal = glow(`(0.25+0.15*${wave(1)})`, `(0.75+0.25*${wave(2, "1")})`, 0.09);
  const violet = glow(`(0.8+0.15*${wave(2, "2")})`, `(0.25+0.3*${wave(1, "4")})`, 0.11);
  const amber = glow(`(0.6+0.3*${wave(1, "3")})`, `(1.05+0.1*${wave(3)})`, 0.05);
  const red = `14+10*${teal}+92*${violet}+120*${amber}`;
  const green = `20+110*${teal}+34*${violet}+62*${amber}`;
  const blue = `40+112*${teal}+130*${violet}+20*${amber}`;
  const size = `${Math.round(WIDTH / 7)}x${Math.round(HEIGHT / 7)}`;
  return (
    `color=black:s=${size}:r=${RATE}:d=${SECONDS},format=gbrp,geq=r='${red}':g='${green}':b='${blue}',` +
    `scale=${WIDTH}:${HEIGHT}:flags=bicubic,format=yuv420p`
  );
}

/** A white disc with soft edges: opaque to `inner`, then fading to nothing over two pixels. */
function disc(diameter, opacity) {
  const edge = `clip(${diameter / 2}-hypot(X-${diameter / 2 - 0.5},Y-${diameter / 2 - 0.5}),0,2)/2`;
  return (
    `color=white:s=${diameter}x${diameter}:r=${RATE}:d=0.04,format=yuva420p,` +
    `geq=lum=235:cb=128:cr=128:a='${255 * opacity}*${edge}',loop=-1:1:0,setpts=N/${RATE}/TB`
  );
}

/** By file, because `drawtext` cannot ask fontconfig for a weight. */
function fontFile(pattern) {
  const file = output("fc-match", ["-f", "%{file}", pattern]);
  if (!file?.includes("DejaVu"))
    throw new Problem("the DejaVu fonts are missing (Debian: fonts-dejavu-core, fontconfig)");
  return file;
}

function text(content, { size, x, y, bold = false, mono = false, opacity = 1 }) {
  const font = fontFile(`DejaVu Sans${mono ? " Mono" : ""}${bold ? ":bold" : ""}`);
  return `drawtext=fontfile='${font}':text='${content}':fontsize=${size}:fontcolor=white@${opacity}:x=${x}:y=${y}`;
}

/** Twelve dots on a ring, and a large one that visits them: once around in twelve seconds. */
function picture() {
  const [cx, cy, radius, dots] = [670, 228, 96, 12];
  const chains = [
    `${background()}[bg]`,
    `${disc(10, 0.45)},split=${dots}${pads("small", dots)}`,
    `${disc(34, 1)}[large]`,
  ];
  let last = "bg";
  for (let dot = 0; dot < dots; dot += 1) {
    const angle = (2 * Math.PI * dot) / dots;
    const [x, y] = [cx + radius * Math.sin(angle) - 5, cy - radius * Math.cos(angle) - 5].map(Math.round);
    chains.push(`[${last}][small${dot}]overlay=${x}:${y}:shortest=1[ring${dot}]`);
    last = `ring${dot}`;
  }
  // Moves on within the first fifth of each second, so that the picture both jumps and rests.
  const turn = `2*PI*(floor(t)+min(1,5*mod(t,1)))/${dots}`;
  const lit = `x='${cx - 17}+${radius}*sin(${turn})':y='${cy - 17}-${radius}*cos(${turn})'`;
  chains.push(`[${last}][large]overlay=${lit}:shortest=1[lit]`);
  const texts = [
    text("flvgate", { size: 92, x: 62, y: 164, bold: true }),
    text("live video into any web page", { size: 23, x: 68, y: 268, opacity: 0.85 }),
    text("%{eif\\:mod(t\\,60)\\:d\\:2}.%{eif\\:mod(n\\,25)*4\\:d\\:2}", {
      size: 38,
      x: `${cx}-tw/2`,
      y: `${cy}-th/2`,
      mono: true,
    }),
    text("H.264  854x480  25 fps  B-frames   AAC  48 kHz  stereo", {
      size: 15,
      x: 68,
      y: 424,
      mono: true,
      opacity: 0.6,
    }),
  ];
  chains.push(`[lit]${texts.join(",")},format=yuv420p[v]`);
  return chains.join(";");
}

const pads = (name, count) => Array.from({ length: count }, (_, index) => `[${name}${index}]`).join("");

/** A soft chord that breathes, and a plucked note of a pentatonic scale at the start of each second. */
function sound() {
  const breathe = (cycles) => `(0.6+0.4*sin(2*PI*${cycles}*t/${SECONDS}))`;
  // Whole hertz: each is at the same phase at every second, so neither a note's start nor the loop clicks.
  const chord = (detune) =>
    [
      [110, 2],
      [165, 3],
      [220, 4],
      [277, 3],
      [330, 2],
    ]
      .map(([hertz, cycles]) => `0.035*${breathe(cycles)}*sin(2*PI*${hertz + detune}*t)`)
      .join("+");
  const notes = [440, 554, 660, 740, 880, 660];
  const hertz = notes
    .slice(1)
    .reduceRight(
      (rest, note, index) => `if(eq(mod(floor(t),${notes.length}),${index + 1}),${note},${rest})`,
      `${notes[0]}`,
    );
  const pluck = `0.16*min(1,200*mod(t,1))*exp(-6*mod(t,1))*(sin(2*PI*${hertz}*t)+0.3*sin(4*PI*${hertz}*t))`;
  return `aevalsrc=exprs='${chord(0)}+${pluck}|${chord(1)}+${pluck}':s=48000:c=stereo:d=${SECONDS}`;
}

/** The arguments that make the clip. */
function ffmpegArguments(out) {
  const video =
    "-c:v libx264 -profile:v high -preset veryslow -crf 23 -maxrate 420k -bufsize 840k -bf 2 -sc_threshold 0";
  const audio = "-c:a aac -b:a 64k -ar 48000 -ac 2";
  return [
    ...["-hide_banner", "-loglevel", "error", "-y", "-filter_complex", `${picture()};${sound()}[a]`],
    ...["-map", "[v]", "-map", "[a]", "-t", `${SECONDS}`, ...video.split(" "), "-g", `${KEYFRAME_INTERVAL}`],
    // The same bytes on every run: no version strings, no creation time.
    ...[
      ...audio.split(" "),
      "-fflags",
      "+bitexact",
      "-flags:v",
      "+bitexact",
      "-flags:a",
      "+bitexact",
      "-f",
      "flv",
      out,
    ],
  ];
}

if (isMain(import.meta.url)) await main(() => run("ffmpeg", ffmpegArguments(OUT)));
