import type { Instance, InstanceCall } from '@helium/coordinator/scheduler';
import type { Prng } from '@helium/shared';

/** Part of a prompt: static text, a column of the row, or the output of another operator of the row. */
export type ShapeItem =
  | { readonly kind: 'static'; readonly segment: number }
  | { readonly kind: 'field'; readonly field: number }
  | { readonly kind: 'output'; readonly operator: number };

export interface ShapeOperator {
  readonly name: string;
  /** Who answers: operators of one agent are the same actor. */
  readonly agent: string;
  readonly template: readonly ShapeItem[];
  /** Output tokens. */
  readonly mean: number;
  readonly spread: number;
}

export interface ShapeField {
  readonly name: string;
  /** Tokens. */
  readonly mean: number;
  readonly spread: number;
  /** Consecutive rows that have the same text. */
  readonly share: number;
}

/** A workflow as far as its cost is concerned. */
export interface Shape {
  readonly name: string;
  /** Tokens of its static texts. */
  readonly segments: readonly number[];
  readonly fields: readonly ShapeField[];
  /** Dependencies first. */
  readonly operators: readonly ShapeOperator[];
}

/** Output tokens at most, as the published runs were capped; longer ones were asked for by name. */
const OUTPUT_MAX = 512;

/** Collects a shape. */
export class ShapeBuilder {
  readonly segments: number[] = [];
  readonly fields: ShapeField[] = [];
  readonly operators: ShapeOperator[] = [];

  /** A static text of so many tokens. */
  text(tokens: number): ShapeItem {
    return { kind: 'static', segment: this.segments.push(Math.max(1, Math.round(tokens))) - 1 };
  }

  /** A column. */
  field(name: string, mean: number, spread: number, share = 1): ShapeItem {
    return { kind: 'field', field: this.fields.push({ name, mean, spread, share }) - 1 };
  }

  operator(
    name: string,
    agent: string,
    template: readonly ShapeItem[],
    [mean, spread]: readonly [number, number],
  ): ShapeItem {
    const made = { name, agent, template: [...template], mean, spread };
    return { kind: 'output', operator: this.operators.push(made) - 1 };
  }

  build(name: string): Shape {
    const { segments, fields, operators } = this;
    return { name, segments, fields, operators };
  }
}

/** A batch of a shape: the scheduling problem, and what each call is. */
export interface Batch {
  readonly shape: Shape;
  readonly rows: number;
  readonly instance: Instance;
  /** Segments below this are static texts. */
  readonly staticSegments: number;
}

export interface BatchLimits {
  readonly workers: number;
  readonly kvCapacity: number;
  readonly maxSeqs: number;
  readonly maxBatchedTokens: number;
}

/** Draws lengths of columns and outputs around their means (normal, as the published profiles). */
export function drawBatch(shape: Shape, rows: number, limits: BatchLimits, random: Prng): Batch {
  const segments = [...shape.segments];
  const values = new Map<string, number>();
  const textOf = (field: number, row: number) => {
    const { share, mean, spread } = shape.fields[field]!;
    const place = `${field} ${Math.floor(row / share)}`;
    const known = values.get(place);
    if (known !== undefined) return known;
    const made = segments.push(draw(random, mean, spread, 8)) - 1;
    values.set(place, made);
    return made;
  };
  const calls: InstanceCall[] = [];
  for (let row = 0; row < rows; row++) {
    const first = calls.length;
    shape.operators.forEach(({ template, mean, spread }, op) => {
      const prompt = template.map((item) => {
        if (item.kind === 'output') return ~(first + item.operator);
        return item.kind === 'static' ? item.segment : textOf(item.field, row);
      });
      calls.push({
        prompt: Int32Array.from(prompt),
        out: draw(random, mean, spread, 8, Math.max(OUTPUT_MAX, mean)),
        deps: dependenciesOf(prompt),
        op,
        query: row,
      });
    });
  }
  const instance = { name: shape.name, ...limits, segments: Int32Array.from(segments), calls };
  return { shape, rows, instance, staticSegments: shape.segments.length };
}

export function dependenciesOf(prompt: readonly number[]): Int32Array {
  const deps = prompt.filter((item) => item < 0).map((item) => ~item);
  return Int32Array.from(new Set(deps)).sort();
}

function draw(
  random: Prng,
  mean: number,
  spread: number,
  least: number,
  most = Number.POSITIVE_INFINITY,
): number {
  const angle = 2 * Math.PI * random();
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(angle);
  return Math.min(most, Math.max(least, Math.round(mean + spread * normal)));
}
