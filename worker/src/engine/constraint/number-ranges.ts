import { NUMBER_DIGITS, type NumberShape, POINT_DIGITS } from '@helium/shared/json-schema';

const SCALE = 10n ** BigInt(POINT_DIGITS);
const MOST = 10n ** BigInt(NUMBER_DIGITS) - 1n;

/** Regular expressions of which all must match the digits (and point) of numbers, sign left out. */
export interface Magnitudes {
  readonly positive: readonly string[] | undefined;
  readonly negative: readonly string[] | undefined;
}

/**
 * How the numbers within the limits of a shape are written, exactly: at most 15 significant digits, so that a
 * double tells them apart. Undefined where there is none of a sign.
 */
export function magnitudesOf(shape: NumberShape): Magnitudes {
  const { isInteger } = shape;
  const scale = isInteger ? 1n : SCALE;
  const low = scaleUp(shape.min, scale, shape.isMinExcluded) ?? -MOST;
  const high = -(scaleUp(-shape.max, scale, shape.isMaxExcluded) ?? -MOST);
  const write = (least: bigint, most: bigint) => {
    const [from, to] = [least < 0n ? 0n : least, most > MOST ? MOST : most];
    if (from > to) return undefined;
    return isInteger ? wholeNumbers(from, to) : decimals(from, to);
  };
  return { positive: write(low, high), negative: write(-high > 1n ? -high : 1n, -low) };
}

/** The least whole number that times 1 / scale is at least (or above) a value; undefined: no limit. */
function scaleUp(value: number, scale: bigint, isAbove: boolean): bigint | undefined {
  if (!Number.isFinite(value)) return value > 0 ? MOST + 1n : undefined;
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const [whole, fraction = ''] = digits.replace('-', '').split('.') as [string, string?];
  const places = fraction.length - Number(exponent);
  const unscaled = BigInt(whole + fraction) * (value < 0 ? -1n : 1n) * scale;
  if (places <= 0) return unscaled * 10n ** BigInt(-places) + (isAbove ? 1n : 0n);
  const divisor = 10n ** BigInt(places);
  const floor = unscaled / divisor - (unscaled < 0n && unscaled % divisor !== 0n ? 1n : 0n);
  return floor * divisor === unscaled && !isAbove ? floor : floor + 1n;
}

function wholeNumbers(from: bigint, to: bigint): readonly string[] {
  return [atLeast(from.toString()), atMost(to.toString())];
}

/** `from` and `to` in millionths. */
function decimals(from: bigint, to: bigint): readonly string[] {
  const any = `(?:\\.[0-9]{1,${POINT_DIGITS}})?`;
  const [low, lowRest] = split(from);
  const [high, highRest] = split(to);
  const above = `(?:${atLeast(`${BigInt(low) + 1n}`)})${any}`;
  const below = high === '0' ? [] : [`(?:${atMost(`${BigInt(high) - 1n}`)})${any}`];
  const isFree = /^0*$/.test(lowRest);
  return [
    [above, isFree ? `${low}${any}` : `${low}\\.(?:${fractionAtLeast(lowRest)})`].join('|'),
    [...below, `${high}(?:\\.(?:${fractionAtMost(highRest)}))?`].join('|'),
  ];
}

function split(scaled: bigint): readonly [string, string] {
  const rest = (scaled % SCALE).toString().padStart(POINT_DIGITS, '0');
  return [(scaled / SCALE).toString(), rest];
}

/** Whole numbers without leading zeros, at least so great and of 15 digits at most. */
function atLeast(digits: string): string {
  const longer =
    digits.length < NUMBER_DIGITS ? [`[1-9][0-9]{${digits.length},${NUMBER_DIGITS - 1}}`] : [];
  return [...longer, ...sameLength(digits, 1)].join('|');
}

function atMost(digits: string): string {
  const shorter = digits.length > 1 ? ['0', `[1-9][0-9]{0,${digits.length - 2}}`] : [];
  return [...shorter, ...sameLength(digits, -1)].join('|');
}

/** Digits after a point, of a value at least or at most so great; zeros at the end may be left out. */
function fractionAtLeast(digits: string): string {
  const needed = digits.replace(/0+$/, '');
  const zeros = `0{0,${POINT_DIGITS - needed.length}}`;
  const greater = [...digits].flatMap((digit, i) =>
    digit === '9'
      ? []
      : [`${digits.slice(0, i)}[${Number(digit) + 1}-9][0-9]{0,${POINT_DIGITS - i - 1}}`],
  );
  // What is equal so far and goes on with anything is at least as great once all that is needed stands.
  return [...greater, `${needed}${zeros}`].join('|');
}

function fractionAtMost(digits: string): string {
  const less = [...digits].flatMap((digit, i) =>
    digit === '0'
      ? []
      : [`${digits.slice(0, i)}[0-${Number(digit) - 1}][0-9]{0,${POINT_DIGITS - i - 1}}`],
  );
  const equal = Array.from({ length: POINT_DIGITS }, (_, i) => digits.slice(0, i + 1));
  return [...less, ...equal].join('|');
}

/** Of as many digits: equal, or greater (1) or less (-1) at the first digit that differs. */
function sameLength(digits: string, way: 1 | -1): readonly string[] {
  const lowest = digits.length > 1 ? 1 : 0;
  const others = [...digits].flatMap((digit, i) => {
    const least = way === 1 ? Number(digit) + 1 : i === 0 ? lowest : 0;
    const most = way === 1 ? 9 : Number(digit) - 1;
    const rest = digits.length - i - 1;
    return least > most ? [] : [`${digits.slice(0, i)}[${least}-${most}][0-9]{${rest}}`];
  });
  return [...others, digits];
}
