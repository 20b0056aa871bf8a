/**
 * Renders charts as SVG for pages without network access. Pure.
 * @module
 */

/** A line of a chart. */
export interface Line {
  readonly name: string;
  /** Null: nothing was measured there, and the line has a gap. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
  /** CSS colour. */
  readonly color: string;
  readonly dashed?: boolean;
}

/** A chart. */
export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
  /** Text below the axis. */
  readonly xTicks: readonly (readonly [x: number, label: string])[];
}

const [WIDTH, HEIGHT] = [860, 260];
const PAD = { left: 64, right: 16, top: 34, bottom: 34 };

/** @returns One `<svg>` element. */
export function renderChart({ title, unit, lines, xTicks }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const xs = points.map(([x]) => x);
  const ys = points.flatMap(([, y]) => (y === null ? [] : [y]));
  const [minX, maxX] = [Math.min(0, ...xs), Math.max(1, ...xs)];
  const top = niceCeiling(Math.max(1e-9, ...ys));
  const x = (value: number) => PAD.left + ((value - minX) / (maxX - minX)) * (WIDTH - PAD.left - PAD.right);
  const y = (value: number) => HEIGHT - PAD.bottom - (value / top) * (HEIGHT - PAD.top - PAD.bottom);
  const yTicks = [0, 0.25, 0.5, 0.75, 1].map((share) => share * top);
  return [
    `<div class="wide"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(title)}">`,
    `<text class="title" x="${PAD.left}" y="16">${escapeXml(title)}</text>`,
    ...yTicks.map(
      (tick) =>
        `<line class="grid" x1="${PAD.left}" x2="${WIDTH - PAD.right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/>` +
        `<text class="tick" text-anchor="end" x="${PAD.left - 6}" y="${(y(tick) + 4).toFixed(1)}">${short(tick)}${escapeXml(unit)}</text>`,
    ),
    ...xTicks.map(
      ([at, label]) =>
        `<text class="tick" text-anchor="middle" x="${x(at).toFixed(1)}" y="${HEIGHT - PAD.bottom + 18}">${escapeXml(label)}</text>`,
    ),
    ...lines.flatMap(({ points: own, color, dashed }) =>
      runsOf(own).map((run) => {
        const path = run.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(" ");
        return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="1.6"${dashed ? ' stroke-dasharray="5 4"' : ""}/>`;
      }),
    ),
    ...legend(lines),
    "</svg></div>",
  ].join("\n");
}

function legend(lines: readonly Line[]): string[] {
  let at = WIDTH - PAD.right;
  return lines.toReversed().flatMap(({ name, color }) => {
    at -= name.length * 7 + 22;
    return [
      `<rect x="${at}" y="9" width="10" height="3" fill="${color}"/>`,
      `<text class="tick" x="${at + 14}" y="15">${escapeXml(name)}</text>`,
    ];
  });
}

/** @returns The parts of a line between its gaps. */
function runsOf(points: Line["points"]): [number, number][][] {
  const runs: [number, number][][] = [];
  let run: [number, number][] = [];
  for (const [x, y] of points) {
    if (y !== null) run.push([x, y]);
    else if (run.length > 0) {
      runs.push(run);
      run = [];
    }
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

/** @returns The next round number. */
function niceCeiling(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  return (
    [1, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * unit).find((nice) => nice >= value * 0.999) ?? value
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** @returns The text, harmless inside markup. */
export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
