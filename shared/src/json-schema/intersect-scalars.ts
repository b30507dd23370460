import { isNothing, NOTHING, type NumberShape, type StringShape } from './json-shape.ts';

/** What both allow. */
export function intersectStrings(a: StringShape, b: StringShape): StringShape | typeof NOTHING {
  const [min, max] = [Math.max(a.min, b.min), Math.min(a.max, b.max)];
  if (min > max) return NOTHING;
  const sources = new Set(a.patterns.map(({ source }) => source));
  const others = b.patterns.filter(({ source }) => !sources.has(source));
  return { kind: 'string', min, max, patterns: [...a.patterns, ...others] };
}

/** What both allow. */
export function intersectNumbers(a: NumberShape, b: NumberShape): NumberShape | typeof NOTHING {
  const least = a.min > b.min || (a.min === b.min && a.isMinExcluded) ? a : b;
  const most = a.max < b.max || (a.max === b.max && a.isMaxExcluded) ? a : b;
  const both: NumberShape = {
    kind: 'number',
    isInteger: a.isInteger || b.isInteger,
    min: least.min,
    isMinExcluded: least.isMinExcluded,
    max: most.max,
    isMaxExcluded: most.isMaxExcluded,
    multipleOf: leastCommonMultiple(a.multipleOf, b.multipleOf),
    at: least.at,
  };
  return isEmpty(both) ? NOTHING : both;
}

/** Whether a string or number may hold for both; conservative, and blind to patterns. */
export function mayShare(a: StringShape | NumberShape, b: StringShape | NumberShape): boolean {
  if (a.kind === 'string') return b.kind === 'string' && !isNothing(intersectStrings(a, b));
  return b.kind === 'number' && !isNothing(intersectNumbers(a, b));
}

/** Whether a number is one of the shape's. */
export function holdsNumber(shape: NumberShape, value: number): boolean {
  const { min, max, isMinExcluded, isMaxExcluded, isInteger, multipleOf } = shape;
  return (
    (isMinExcluded ? value > min : value >= min) &&
    (isMaxExcluded ? value < max : value <= max) &&
    (!isInteger || Number.isInteger(value)) &&
    (multipleOf === 1 || value % multipleOf === 0)
  );
}

function isEmpty({ min, max, isMinExcluded, isMaxExcluded }: NumberShape): boolean {
  return min > max || (min === max && (isMinExcluded || isMaxExcluded));
}

function leastCommonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b];
  while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
  return (a / divisor) * b;
}
