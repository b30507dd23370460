import type { Instance, InstanceCall } from '@helium/coordinator/online';
import { createPrng, type Prng } from '@helium/shared';

/** What a template is made of: static text, a text of the row, the output of an operator of the row. */
type Item =
  | { readonly kind: 'static'; readonly segment: number }
  | { readonly kind: 'field'; readonly field: number }
  | { readonly kind: 'output'; readonly operator: number };

interface Operator {
  readonly template: readonly Item[];
  readonly mean: number;
  readonly spread: number;
}

const OUTPUT_MAX = 512;

/** Operators as a family of `PROBLEM.md` section 8 makes them, then expanded over rows. */
class FamilyBuilder {
  readonly random: Prng;
  readonly segments: number[] = [];
  readonly #operators: Operator[] = [];
  readonly #fields: { readonly mean: number; readonly spread: number }[] = [];

  constructor(random: Prng) {
    this.random = random;
  }

  text(tokens: number): Item {
    return { kind: 'static', segment: this.segments.push(Math.max(1, Math.round(tokens))) - 1 };
  }

  field(mean: number, spread: number): Item {
    return { kind: 'field', field: this.#fields.push({ mean, spread }) - 1 };
  }

  operator(template: readonly Item[], mean: number, spread: number): Item {
    const operator = this.#operators.push({ template, mean, spread }) - 1;
    return { kind: 'output', operator };
  }

  draw(mean: number, spread: number, least: number, most = Number.POSITIVE_INFINITY): number {
    const normal =
      Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
    return Math.min(most, Math.max(least, Math.round(mean + spread * normal)));
  }

  expand(rows: number): InstanceCall[] {
    const calls: InstanceCall[] = [];
    for (let query = 0; query < rows; query++) {
      const fields = this.#fields.map(({ mean, spread }) =>
        this.text(this.draw(mean, spread, 8)),
      ) as Extract<Item, { kind: 'static' }>[];
      const first = calls.length;
      this.#operators.forEach(({ template, mean, spread }, op) => {
        const prompt = template.map((item) => {
          if (item.kind === 'output') return ~(first + item.operator);
          return item.kind === 'static' ? item.segment : fields[item.field]!.segment;
        });
        const deps = [...new Set(prompt.filter((item) => item < 0).map((item) => ~item))];
        calls.push({
          prompt: Int32Array.from(prompt),
          deps: Int32Array.from(deps).sort(),
          out: this.draw(mean, spread, 8, OUTPUT_MAX),
          op,
          query,
        });
      });
    }
    return calls;
  }
}

function mapred(b: FamilyBuilder): void {
  const [expert, summary, instruction] = [b.text(30), b.text(40), b.text(60)];
  const roles = Array.from({ length: 7 }, () => b.text(b.draw(90, 8, 10)));
  const context = b.field(430, 90);
  for (let j = 0; j < 6; j++) {
    const question = b.field(32, 20);
    const outs = roles.map((role) => b.operator([expert, context, question, role], 385, 90));
    b.operator([summary, instruction, context, question, ...outs], 250, 70);
  }
}

function debate(b: FamilyBuilder): void {
  const [system, revise] = [b.text(25), b.text(70)];
  const roles = Array.from({ length: 3 }, () => b.text(b.draw(42, 8, 10)));
  const question = b.field(90, 20);
  const histories = roles.map((role) => [system, question, role]);
  const first = histories.map((history) => b.operator(history, 300, 100));
  histories.forEach((history, i) => {
    const others = first.filter((_, other) => other !== i);
    b.operator([...history, first[i]!, revise, ...others], 360, 100);
  });
}

function reflect(b: FamilyBuilder): void {
  const systems = [60, 55, 58].map((tokens) => b.text(tokens));
  const forms = [180, 90, 90, 60].map((tokens) => b.text(tokens));
  const context = b.field(450, 90);
  for (let j = 0; j < 6; j++) {
    const question = b.field(32, 12);
    const first = [systems[0]!, forms[0]!, context, question];
    const draft = b.operator(first, 130, 45);
    const extract = b.operator([systems[1]!, forms[1]!, context, question, draft], 260, 70);
    const check = b.operator([systems[2]!, forms[2]!, context, question, draft, extract], 480, 40);
    b.operator([...first, draft, forms[3]!, extract, check], 140, 45);
  }
}

function iterative(b: FamilyBuilder): void {
  const [system, begin, go] = [b.text(12), b.text(220), b.text(235)];
  let previous: Item | undefined;
  for (let k = 0; k < 6; k++) {
    const chunk = b.field(840, 160);
    const template = previous ? [system, go, previous, chunk] : [system, begin, chunk];
    previous = b.operator(template, Math.min(216 + 42 * k, 401), 60);
  }
}

function parallel(b: FamilyBuilder): void {
  const [extract, summarize, writer, write] = [100, 110, 220, 80].map((tokens) => b.text(tokens));
  const item = b.field(250, 60);
  const chunks = Array.from({ length: 6 }, () => b.field(850, 150));
  const summaries = Array.from({ length: 7 }, () => {
    const system = b.text(b.draw(330, 20, 20));
    const outs = chunks.map((chunk) => b.operator([system, extract!, item, chunk], 434, 41));
    return b.operator([system, summarize!, item, ...outs], 505, 15);
  });
  b.operator([writer!, write!, item, ...summaries], 505, 15);
}

const DOCUMENTS = [
  [900, 1440, 1500, 2530],
  [4600, 4950, 5090],
  [16600, 18600],
  [990, 1075, 1030, 980, 1025],
];

function trading(b: FamilyBuilder): void {
  const answer = (template: readonly Item[]) => b.operator(template, 480, 50);
  const stock = b.field(8, 2);
  const profile = b.field(260, 60);
  const reports = DOCUMENTS.map((lengths, analyst) => {
    const system = b.text(150);
    const known = analyst === 0 ? [stock, profile] : [stock];
    const outs = lengths.map((length) => {
      const document = b.field(length - 220, (length - 220) * 0.15);
      return answer([system, b.text(60), ...known, document]);
    });
    return answer([system, b.text(110), ...known, ...outs]);
  });
  const [ask, reply] = [b.text(45), b.text(45)];
  const sides = [0, 1].map(() => [b.text(170), ask, stock, ...reports]);
  const opening = sides.map(answer);
  const closing = sides.map((side, i) => answer([...side, opening[i]!, reply, opening[1 - i]!]));
  const plan = answer([b.text(170), b.text(40), stock, ...opening, ...closing]);
  const risks = Array.from({ length: 3 }, () => b.text(b.draw(200, 15, 20)));
  const [assess, again, trade, judge, verdict] = [60, 50, 50, 190, 60].map((n) => b.text(n));
  const verdicts = Array.from({ length: 8 }, () => {
    const trader = answer([b.text(b.draw(210, 15, 20)), trade!, stock, plan]);
    const histories = risks.map((risk) => [risk, assess!, stock, ...reports, trader]);
    const first = histories.map(answer);
    const second = histories.map((history, i) => answer([...history, first[i]!, again!, ...first]));
    return answer([judge!, verdict!, stock, ...first, ...second]);
  });
  answer([b.text(180), b.text(60), stock, ...verdicts]);
}

/** Makes the calls of several runs, of so many rows each. */
type Family = (builder: FamilyBuilder, rows: readonly number[]) => InstanceCall[];

function templated(state: (builder: FamilyBuilder) => void): Family {
  return (builder, rows) => {
    state(builder);
    return builder.expand(rows.reduce((sum, count) => sum + count, 0));
  };
}

/** Whole number from `least` to `most`. */
function uniform(random: Prng, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/**
 * Each run is a random DAG of as many calls as it has rows, one operator each, over one random forest of
 * prefixes for all: parameters of `l5-random-5k` in `suite-large.json`.
 */
function randomDags(b: FamilyBuilder, rows: readonly number[]): InstanceCall[] {
  const { random } = b;
  const total = rows.reduce((sum, count) => sum + count, 0);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const segment = (least: number, most: number) =>
    b.segments.push(uniform(random, least, most)) - 1;
  const paths = Array.from({ length: 12 }, () => [segment(50, 1200)]);
  for (let i = 0; i < total / 12; i++) paths.push([...pick(paths), segment(20, 700)]);
  const calls: InstanceCall[] = [];
  rows.forEach((count, query) => {
    const first = calls.length;
    for (let i = 0; i < count; i++) {
      const prompt = [...pick(paths)];
      if (random() < 0.6) prompt.push(segment(10, 400));
      const deps = new Set<number>();
      const wanted = i > 0 && random() < 0.5 ? uniform(random, 1, Math.min(2, i)) : 0;
      while (deps.size < wanted) deps.add(first + uniform(random, 0, i - 1));
      const sorted = Int32Array.from(deps).sort();
      for (const dep of sorted) {
        prompt.push(~dep);
        if (random() < 0.3) prompt.push(segment(10, 120));
      }
      const op = calls.length;
      const out = uniform(random, 16, 420);
      calls.push({ prompt: Int32Array.from(prompt), deps: sorted, out, op, query });
    }
  });
  return calls;
}

/** Families by name. */
export const FAMILIES = {
  mapred: templated(mapred),
  debate: templated(debate),
  reflect: templated(reflect),
  iterative: templated(iterative),
  parallel: templated(parallel),
  trading: templated(trading),
  random: randomDags,
} as const;

export type FamilyName = keyof typeof FAMILIES;

/** The cluster that the instance is for. */
export interface ClusterShape {
  readonly workers: number;
  readonly kvCapacity: number;
  readonly maxSeqs: number;
}

/**
 * An instance of a family of `PROBLEM.md` section 8 with its parameters, drawn from a generator of our
 * own: same shapes and lengths as `generate.py`, other numbers. The calls of runs of so many rows, run by
 * run, every length from the seed; no call waits for one of another run.
 */
export function familyInstance(
  family: FamilyName,
  seed: number,
  rows: readonly number[],
  { workers, kvCapacity, maxSeqs }: ClusterShape,
): Instance {
  const builder = new FamilyBuilder(createPrng(seed));
  const calls = FAMILIES[family](builder, rows);
  const segments = Int32Array.from(builder.segments);
  const limits = { workers, kvCapacity, maxSeqs, maxBatchedTokens: 2048 };
  return { name: `${family}-${seed}`, ...limits, segments, calls };
}

/** Calls per row of a family. */
export function callsPerRow(family: FamilyName): number {
  const shape = { workers: 1, kvCapacity: 262_144, maxSeqs: 64 };
  return familyInstance(family, 1, [1], shape).calls.length;
}
