import type { Fault } from '../errors/helium-error.ts';
import { intersectNumbers, intersectStrings } from './intersect-scalars.ts';
import {
  type ArrayShape,
  isNothing,
  type JsonShape,
  type LiteralsShape,
  NOTHING,
  type ObjectProperty,
  type ObjectShape,
  type ReadShape,
  type UntypedShape,
} from './json-shape.ts';
import { holdsValue, Looks, mayHold } from './overlap.ts';
import { findLimitFaults } from './written-numbers.ts';

/** Pairs of schemas that are put together at most. */
const PAIRS_MAX = 5000;

/** What stands at the top of a shape when all that must hold together there has been put together. */
type TopShape = Exclude<ReadShape, { readonly kind: 'all' | 'one' }>;

/**
 * Puts together what must hold together (allOf, and keywords beside $ref, anyOf, oneOf), makes sure of every oneOf that
 * no text keeps to two of its schemas, and of limits that they leave numbers. The definitions are those given and those
 * made by putting others together; every fault has its place.
 */
export function combineShapes(read: ReadonlyMap<string, ReadShape>): {
  readonly definitions: ReadonlyMap<string, JsonShape>;
  readonly faults: readonly Fault[];
} {
  const combiner = new ShapeCombiner(read);
  return { definitions: combiner.combineAll(), faults: combiner.faults };
}

class ShapeCombiner {
  readonly faults: Fault[] = [];
  readonly #read: Map<string, ReadShape>;
  readonly #ids = new Map<ReadShape, number>();
  #pairs = 0;

  constructor(definitions: ReadonlyMap<string, ReadShape>) {
    this.#read = new Map(definitions);
  }

  /** More definitions come while it goes on. */
  combineAll(): ReadonlyMap<string, JsonShape> {
    const combined = new Map<string, JsonShape>();
    for (const [name, shape] of this.#read) combined.set(name, this.#combine(shape));
    return combined;
  }

  #combine(shape: ReadShape): JsonShape {
    const top = this.#top(shape);
    switch (top.kind) {
      case 'untyped':
        return this.#fault(
          top.at,
          'needs a type of object, array, string, number, integer, boolean, null, or one of $ref, anyOf, oneOf, allOf, enum, const',
        );
      case 'object':
        return this.#combineObject(top);
      case 'array':
        return { ...top, items: this.#combine(top.items) };
      case 'any':
        return { kind: 'any', of: top.of.map((each) => this.#combine(each)) };
      case 'number':
        for (const message of findLimitFaults(top)) this.#fault(top.at, message);
        return top;
      default:
        return top;
    }
  }

  #combineObject(shape: ObjectShape<ReadShape>): JsonShape {
    for (const name of shape.alsoRequired) {
      this.#fault(shape.at, `required names ${JSON.stringify(name)}, which properties has not`);
    }
    const properties = shape.properties.map(({ shape: own, ...property }) => ({
      ...property,
      shape: this.#combine(own),
    }));
    return { ...shape, properties };
  }

  #top(shape: ReadShape): TopShape {
    if (shape.kind !== 'all' && shape.kind !== 'one') return shape;
    const parts = shape.kind === 'all' ? flatten(shape.of) : [shape];
    let top: TopShape = { kind: 'untyped', at: shape.at };
    for (const part of parts) {
      if (part.kind !== 'one') top = this.#intersect(top, this.#top(part), shape.at);
    }
    for (const part of parts) {
      if (part.kind === 'one') top = this.#choose(top, part, shape.at);
    }
    return top;
  }

  /** Whatever beside `base` holds, exactly one of the alternatives does. */
  #choose(
    base: TopShape,
    { of, at }: Extract<ReadShape, { kind: 'one' }>,
    place: string,
  ): TopShape {
    const asked = of.map(requiredName);
    const ways = of.map((each, i) => {
      const way = this.#intersect(base, this.#top(this.#named(each)), place);
      return without(way, asked.toSpliced(i, 1));
    });
    for (const [i, way] of ways.entries()) {
      for (const [j, other] of of.entries()) {
        if (i === j || !mayHold(way, other, new Looks(this.#read))) continue;
        return this.#fault(
          at,
          `alternatives ${Math.min(i, j)} and ${Math.max(i, j)} may hold both: not supported, give them a required property of different const, or use anyOf`,
        );
      }
    }
    return anyOf(ways);
  }

  /** What a reference stands for, where it stands for one thing. */
  #named(shape: ReadShape): ReadShape {
    const named = shape.kind === 'ref' ? this.#read.get(shape.name) : undefined;
    return named === undefined || named.kind === 'ref' ? shape : named;
  }

  #intersect(a: TopShape, b: TopShape, at: string): TopShape {
    if (a.kind === 'untyped') return this.#intersectUntyped(a, b, at);
    if (b.kind === 'untyped') return this.#intersectUntyped(b, a, at);
    if (++this.#pairs > PAIRS_MAX) return this.#tooMany();
    if (a.kind === 'any') {
      return anyOf(a.of.map((each) => this.#intersect(this.#top(each), b, at)));
    }
    if (b.kind === 'any') {
      return anyOf(b.of.map((each) => this.#intersect(a, this.#top(each), at)));
    }
    if (a.kind === 'ref' && b.kind === 'ref' && a.name === b.name) return a;
    if (a.kind === 'ref') return this.#intersectReference(a.name, b, at);
    if (b.kind === 'ref') return this.#intersectReference(b.name, a, at);
    if (a.kind === 'literals') return this.#filter(a, b, at);
    if (b.kind === 'literals') return this.#filter(b, a, at);
    if (a.kind === 'string' && b.kind === 'string') return intersectStrings(a, b);
    if (a.kind === 'number' && b.kind === 'number') return intersectNumbers(a, b);
    if (a.kind === 'object' && b.kind === 'object') return this.#intersectObjects(a, b, at);
    if (a.kind === 'array' && b.kind === 'array') return this.#intersectArrays(a, b, at);
    return NOTHING;
  }

  #intersectUntyped(a: UntypedShape, b: TopShape, at: string): TopShape {
    const of = [a.object, a.array, a.string, a.number].filter((each) => each !== undefined);
    if (of.length === 0) return b;
    if (++this.#pairs > PAIRS_MAX) return this.#tooMany();
    switch (b.kind) {
      case 'any':
        return anyOf(b.of.map((each) => this.#intersect(a, this.#top(each), at)));
      case 'ref':
        return this.#intersectReference(b.name, a, at);
      case 'literals':
        return this.#filter(b, a, at);
      case 'untyped':
        return this.#mergeUntyped(a, b, at);
      default: {
        const own = a[b.kind];
        return own === undefined ? b : this.#intersect(b, own, at);
      }
    }
  }

  #mergeUntyped(a: UntypedShape, b: UntypedShape, at: string): TopShape {
    const merged: Record<string, unknown> = { ...b, ...a };
    for (const type of ['object', 'array', 'string', 'number'] as const) {
      if (a[type] === undefined || b[type] === undefined) continue;
      const both = this.#intersect(a[type], b[type], at);
      if (both.kind !== type) {
        return this.#fault(at, `what it says of every ${type} leaves none: not supported`);
      }
      merged[type] = both;
    }
    return merged as unknown as UntypedShape;
  }

  /** A definition of its own, combined when its turn comes. */
  #intersectReference(name: string, other: TopShape, at: string): TopShape {
    const id = other.kind === 'ref' ? other.name : this.#idOf(other);
    const pair = `${at} (${name} & ${id})`;
    if (!this.#read.has(pair)) {
      // Of a reference to a reference only what it stands for is put together.
      this.#read.set(pair, { kind: 'all', of: [this.#read.get(name)!, other], at });
    }
    return { kind: 'ref', name: pair };
  }

  #idOf(shape: ReadShape): number {
    const known = this.#ids.get(shape) ?? this.#ids.size;
    this.#ids.set(shape, known);
    return known;
  }

  /** The values that hold for the other, too. */
  #filter({ texts }: LiteralsShape, other: ReadShape, at: string): TopShape {
    const kept = texts.filter((text) => {
      const holds = holdsValue(other, JSON.parse(text), new Looks(this.#read));
      if (holds === undefined) {
        this.#fault(
          at,
          'values are listed beside a pattern or format, or beside too much: not supported',
        );
      }
      return holds;
    });
    return { kind: 'literals', texts: kept };
  }

  #intersectObjects(a: ObjectShape<ReadShape>, b: ObjectShape<ReadShape>, at: string): TopShape {
    const properties: ObjectProperty<ReadShape>[] = [];
    const [required, others] = [namesRequired(a, b), new Map(b.properties.map((p) => [p.name, p]))];
    for (const own of a.properties) {
      const other = others.get(own.name);
      others.delete(own.name);
      if (other !== undefined) {
        const shape: ReadShape = { kind: 'all', of: [own.shape, other.shape], at };
        properties.push({ name: own.name, shape, isRequired: required.has(own.name) });
      } else if (b.isOpen) properties.push({ ...own, isRequired: required.has(own.name) });
      else if (required.has(own.name)) return NOTHING;
    }
    for (const other of others.values()) {
      if (a.isOpen) properties.push({ ...other, isRequired: required.has(other.name) });
      else if (required.has(other.name)) return NOTHING;
    }
    const isOpen = a.isOpen && b.isOpen;
    const named = new Set(properties.map(({ name }) => name));
    const alsoRequired = [...required].filter((name) => !named.has(name));
    if (!isOpen && alsoRequired.length > 0) return NOTHING;
    return { kind: 'object', properties, alsoRequired, isOpen, at: a.at };
  }

  #intersectArrays(a: ArrayShape<ReadShape>, b: ArrayShape<ReadShape>, at: string): TopShape {
    const [min, max] = [Math.max(a.min, b.min), Math.min(a.max, b.max)];
    if (min > max) return NOTHING;
    return { kind: 'array', items: { kind: 'all', of: [a.items, b.items], at }, min, max };
  }

  #tooMany(): LiteralsShape {
    return this.#fault('#', `has more than ${PAIRS_MAX} pairs of schemas that must hold together`);
  }

  #fault(field: string, message: string): LiteralsShape {
    const isKnown = this.faults.some((each) => each.field === field && each.message === message);
    if (!isKnown) this.faults.push({ field, message });
    return NOTHING;
  }
}

function flatten(parts: readonly ReadShape[]): readonly ReadShape[] {
  return parts.flatMap((part) => (part.kind === 'all' ? flatten(part.of) : [part]));
}

/** The name of a schema that says just that one property is there. */
function requiredName(shape: ReadShape): string | undefined {
  if (shape.kind !== 'untyped' || shape.array || shape.string || shape.number) return undefined;
  const { properties = [], alsoRequired = [], isOpen = true } = shape.object ?? {};
  const isAll = properties.length === 0 && alsoRequired.length === 1 && isOpen;
  return isAll ? alsoRequired[0] : undefined;
}

/** Optional properties of these names are never written. */
function without(shape: TopShape, names: readonly (string | undefined)[]): TopShape {
  if (shape.kind !== 'object') return shape;
  const properties = shape.properties.map((each) =>
    !each.isRequired && names.includes(each.name) ? { ...each, shape: NOTHING } : each,
  );
  return { ...shape, properties };
}

function anyOf(ways: readonly TopShape[]): TopShape {
  const of = ways.filter((each) => !isNothing(each));
  return of.length === 0 ? NOTHING : of.length === 1 ? of[0]! : { kind: 'any', of };
}

function namesRequired(...shapes: readonly ObjectShape<ReadShape>[]): ReadonlySet<string> {
  return new Set(
    shapes.flatMap(({ properties, alsoRequired }) => [
      ...properties.filter(({ isRequired }) => isRequired).map(({ name }) => name),
      ...alsoRequired,
    ]),
  );
}
