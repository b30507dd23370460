/** Bars in groups, each a value next to a published one or alone. */
export interface BarChart {
  readonly title: string;
  /** Of the value axis. */
  readonly unit: string;
  readonly groups: readonly {
    readonly name: string;
    readonly bars: readonly { readonly series: string; readonly value: number }[];
  }[];
  /** A line across at this value. */
  readonly line?: number;
  /** Decades instead of even steps. */
  readonly logarithmic?: boolean;
}

const COLORS = [
  '#4c6e91',
  '#d0803c',
  '#5f9e6e',
  '#b2575b',
  '#8172b2',
  '#8c8c8c',
  '#c9a227',
  '#2f4858',
];
const HEIGHT = 320;
const TOP = 56;
const BOTTOM = 64;
const LEFT = 72;
const BAR = 15;
const GAP = 28;

/** A self-contained SVG: white ground, a legend above, values on the bars. */
export function drawBars(chart: BarChart): string {
  const names = [...new Set(chart.groups.flatMap(({ bars }) => bars.map(({ series }) => series)))];
  const widths = chart.groups.map(({ bars }) => bars.length * BAR + GAP);
  const width = Math.max(640, LEFT + widths.reduce((sum, w) => sum + w, 0) + GAP);
  const plot = HEIGHT - TOP - BOTTOM;
  const { place, ticks } = axisOf(chart, plot);
  const y = (value: number) => TOP + plot - place(value);
  const parts = [
    text(LEFT, 20, chart.title, 'font-size="14" font-weight="600"'),
    ...legend(names, width),
    ...ticks.flatMap((tick) => [
      `<line x1="${LEFT}" x2="${width - 8}" y1="${y(tick)}" y2="${y(tick)}" stroke="#e3e3e3"/>`,
      text(LEFT - 6, y(tick) + 4, label(tick), 'text-anchor="end" fill="#555"'),
    ]),
    text(
      24,
      TOP + plot / 2,
      chart.unit,
      `transform="rotate(-90 24 ${TOP + plot / 2})" text-anchor="middle" fill="#555"`,
    ),
  ];
  let x = LEFT + GAP / 2;
  for (const [i, { name, bars }] of chart.groups.entries()) {
    for (const [j, { series, value }] of bars.entries()) {
      const left = x + j * BAR;
      const color = COLORS[names.indexOf(series) % COLORS.length];
      parts.push(
        `<rect x="${left}" y="${y(value)}" width="${BAR - 2}" height="${Math.max(0.5, place(value))}" fill="${color}"><title>${escapeText(`${name}, ${series}: ${label(value)}`)}</title></rect>`,
        text(
          left + 9,
          y(value) - 3,
          label(value),
          `font-size="8" fill="#333" transform="rotate(-90 ${left + 9} ${y(value) - 3})"`,
        ),
      );
    }
    const middle = x + (bars.length * BAR) / 2;
    parts.push(
      text(
        middle,
        TOP + plot + 14,
        name,
        `text-anchor="end" transform="rotate(-18 ${middle} ${TOP + plot + 14})"`,
      ),
    );
    x += widths[i]!;
  }
  if (chart.line !== undefined) {
    parts.push(
      `<line x1="${LEFT}" x2="${width - 8}" y1="${y(chart.line)}" y2="${y(chart.line)}" stroke="#222" stroke-dasharray="4 3"/>`,
    );
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" font-family="sans-serif" font-size="10">`,
    `<rect width="${width}" height="${HEIGHT}" fill="#fff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** Pixels above the axis by value, and the values that have a line. */
function axisOf({ groups, logarithmic, line = 0 }: BarChart, plot: number) {
  const values = groups.flatMap(({ bars }) => bars.map(({ value }) => value));
  const most = Math.max(line, ...values) * 1.08;
  if (logarithmic === true) {
    const least = Math.min(...values, 1) * 0.8;
    const scale = plot / Math.log10(most / least);
    const ticks = [1, 2, 5, 10, 20, 50, 100].filter((tick) => tick >= least && tick <= most);
    return { place: (value: number) => scale * Math.log10(value / least), ticks };
  }
  const step = [0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20].find((each) => most / each <= 7) ?? 50;
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
  return { place: (value: number) => (value / most) * plot, ticks };
}

function legend(names: readonly string[], width: number): string[] {
  let x = LEFT;
  let y = 36;
  return names.flatMap((name, i) => {
    const size = 22 + name.length * 5.6;
    if (x + size > width) {
      x = LEFT;
      y += 12;
    }
    const made = [
      `<rect x="${x}" y="${y - 8}" width="9" height="9" fill="${COLORS[i % COLORS.length]}"/>`,
      text(x + 13, y, name, ''),
    ];
    x += size;
    return made;
  });
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escapeText(content)}</text>`;
}

function label(value: number): string {
  return value >= 20 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2).replace(/\.?0+$/, '');
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
