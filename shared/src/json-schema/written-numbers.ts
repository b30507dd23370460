import type { NumberShape } from './json-shape.ts';

/** Digits of a number with limits at most: a double tells all of these numbers apart. */
export const NUMBER_DIGITS = 15;
/** Of these, behind the point, where the number need not be whole. */
export const POINT_DIGITS = 6;

const WHOLE_MAX = 10 ** NUMBER_DIGITS - 1;
const POINT_MAX = WHOLE_MAX / 10 ** POINT_DIGITS;

/** The limits of a shape that leave none of the numbers that are written, one message each. */
export function findLimitFaults(shape: NumberShape): readonly string[] {
  const { isInteger, min, max, isMinExcluded, isMaxExcluded } = shape;
  const most = isInteger ? WHOLE_MAX : POINT_MAX;
  const integers = (sign: '' | '-') => (isInteger ? '' : `; of integers ${sign}${WHOLE_MAX}`);
  const [low, high] = limitNames(shape);
  const faults: string[] = [];
  if (isMinExcluded ? min >= most : min > most) {
    faults.push(`${low} is ${min}, numbers are written up to ${most}${integers('')}`);
  }
  if (isMaxExcluded ? max <= -most : max < -most) {
    faults.push(`${high} is ${max}, numbers are written from ${-most}${integers('-')}`);
  }
  return faults;
}

/** The keywords that a shape's limits come from. */
export function limitNames(
  shape: Pick<NumberShape, 'isMinExcluded' | 'isMaxExcluded'>,
): readonly [string, string] {
  return [
    shape.isMinExcluded ? 'exclusiveMinimum' : 'minimum',
    shape.isMaxExcluded ? 'exclusiveMaximum' : 'maximum',
  ];
}
