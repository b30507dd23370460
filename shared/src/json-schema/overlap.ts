import { isJsonObject } from '../json-object.ts';
import { holdsNumber, mayShare } from './intersect-scalars.ts';
import { isNothing, type ObjectShape, type ReadShape } from './json-shape.ts';

/** Shapes that are looked at before a question is left open, and nested ones. */
const LOOKS_MAX = 20_000;
const DEPTH_MAX = 60;

/** What references stand for, and how much may still be looked at. */
export class Looks {
  readonly #definitions: ReadonlyMap<string, ReadShape>;
  #left = LOOKS_MAX;

  constructor(definitions: ReadonlyMap<string, ReadShape>) {
    this.#definitions = definitions;
  }

  named(name: string): ReadShape {
    return this.#definitions.get(name)!;
  }

  isOver(depth: number): boolean {
    return --this.#left < 0 || depth > DEPTH_MAX;
  }
}

/** Whether a value holds for a shape; undefined where patterns would have to be asked, or too much. */
export function holdsValue(
  shape: ReadShape,
  value: unknown,
  looks: Looks,
  depth = 0,
): boolean | undefined {
  if (looks.isOver(depth)) return undefined;
  const holds = (each: ReadShape | undefined, own: unknown = value) =>
    each === undefined || holdsValue(each, own, looks, depth + 1);
  switch (shape.kind) {
    case 'literals':
      return shape.texts.some((text) => isEqual(JSON.parse(text), value));
    case 'string': {
      if (typeof value !== 'string') return false;
      const length = [...value].length;
      if (length < shape.min || length > shape.max) return false;
      return shape.patterns.length === 0 ? true : undefined;
    }
    case 'number':
      return typeof value === 'number' && holdsNumber(shape, value);
    case 'array':
      if (!Array.isArray(value) || value.length < shape.min || value.length > shape.max)
        return false;
      return every(value.map((each) => holds(shape.items, each)));
    case 'object':
      return isJsonObject(value) && holdsObject(shape, value, holds);
    case 'untyped':
      if (Array.isArray(value)) return holds(shape.array);
      if (isJsonObject(value)) return holds(shape.object);
      if (typeof value === 'string') return holds(shape.string);
      return typeof value === 'number' ? holds(shape.number) : true;
    case 'ref':
      return holds(looks.named(shape.name));
    case 'all':
      return every(shape.of.map((each) => holds(each)));
    case 'any':
    case 'one': {
      const found = shape.of.map((each) => holds(each));
      if (found.includes(undefined)) return undefined;
      const count = found.filter((each) => each === true).length;
      return shape.kind === 'any' ? count > 0 : count === 1;
    }
  }
}

function holdsObject(
  { properties, alsoRequired, isOpen }: ObjectShape<ReadShape>,
  value: Readonly<Record<string, unknown>>,
  holds: (shape: ReadShape, value: unknown) => boolean | undefined,
): boolean | undefined {
  const names = new Set(properties.map(({ name }) => name));
  if (alsoRequired.some((name) => !Object.hasOwn(value, name))) return false;
  if (!isOpen && Object.keys(value).some((name) => !names.has(name))) return false;
  return every(
    properties.map(({ name, shape, isRequired }) =>
      Object.hasOwn(value, name) ? holds(shape, value[name]) : !isRequired,
    ),
  );
}

function every(found: readonly (boolean | undefined)[]): boolean | undefined {
  if (found.includes(false)) return false;
  return found.includes(undefined) ? undefined : true;
}

/**
 * Whether a text written for `written` may hold for `other`: false only where none does. What is written
 * has no properties but the named ones. Patterns and formats are not looked into.
 */
export function mayHold(
  written: ReadShape,
  other: ReadShape,
  looks: Looks,
  isWhole = true,
  depth = 0,
): boolean {
  if (looks.isOver(depth)) return true;
  const may = (a: ReadShape, b: ReadShape, whole = isWhole) =>
    mayHold(a, b, looks, whole, depth + 1);
  if (written.kind === 'ref') return may(looks.named(written.name), other);
  if (other.kind === 'ref') return may(written, looks.named(other.name));
  if (written.kind === 'any' || written.kind === 'one') {
    return written.of.some((each) => may(each, other));
  }
  // Of what holds together each part has fewer properties than what is written.
  if (written.kind === 'all') return written.of.every((each) => may(each, other, false));
  if (other.kind === 'all') return other.of.every((each) => may(written, each));
  if (other.kind === 'any' || other.kind === 'one') {
    return other.of.some((each) => may(written, each));
  }
  if (written.kind === 'untyped') return true;
  if (written.kind === 'literals') {
    return written.texts.some((text) => holdsValue(other, JSON.parse(text), looks) !== false);
  }
  if (other.kind === 'untyped') {
    const own = other[written.kind];
    return own === undefined || may(written, own);
  }
  if (other.kind === 'literals') {
    return other.texts.some((text) => holdsValue(written, JSON.parse(text), looks) !== false);
  }
  if (written.kind === 'object' && other.kind === 'object') {
    return mayHoldObject(written, other, isWhole, (a, b) => may(a, b, true));
  }
  if (written.kind === 'array' && other.kind === 'array') {
    const [min, max] = [Math.max(written.min, other.min), Math.min(written.max, other.max)];
    return min <= max && (min === 0 || may(written.items, other.items, true));
  }
  if (written.kind === 'object' || written.kind === 'array') return false;
  return (other.kind === 'string' || other.kind === 'number') && mayShare(written, other);
}

function mayHoldObject(
  written: ObjectShape<ReadShape>,
  other: ObjectShape<ReadShape>,
  isWhole: boolean,
  may: (a: ReadShape, b: ReadShape) => boolean,
): boolean {
  const own = new Map(written.properties.map((property) => [property.name, property]));
  const others = new Map(other.properties.map((property) => [property.name, property]));
  const required = [...others.values()].filter(({ isRequired }) => isRequired);
  const needed = [...required.map(({ name }) => name), ...other.alsoRequired];
  if (isWhole && needed.some((name) => !own.has(name) && !written.alsoRequired.includes(name))) {
    return false;
  }
  return written.properties.every(({ name, shape, isRequired }) => {
    if (isNothing(shape) && needed.includes(name)) return false;
    const property = others.get(name);
    if (property === undefined) return other.isOpen || !isRequired;
    return (!isRequired && !property.isRequired) || may(shape, property.shape);
  });
}

/** As JSON Schema compares values: the order of properties does not matter. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, i) => isEqual(each, b[i]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
  );
}
