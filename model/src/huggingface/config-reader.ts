import { type Fault, HeliumError, isWholeNumber, type JsonObject } from '@helium/shared';

/** Typed access to config.json; faults are collected, a harmless value stands in for each. */
export interface ConfigReader {
  readonly faults: readonly Fault[];
  /** A whole number ≥ 1. */
  count(field: string, fallback?: number): number;
  /** A finite number > 0. */
  positive(field: string, fallback?: number): number;
  /** What is there, to be looked at. */
  value(field: string): unknown;
  fault(field: string, message: string): void;
  /** A MODEL_UNSUPPORTED to throw: `found` is not supported, only `supported`. */
  unsupported(found: string, supported: string): HeliumError;
}

/** Reads `json`; fields of objects inside it are named with `prefix` in faults. */
export function configReaderOf(
  folder: string,
  json: JsonObject,
  faults: Fault[] = [],
  prefix = '',
): ConfigReader {
  const fault = (field: string, message: string) => {
    faults.push({ field: prefix + field, message });
  };
  const number = (field: string, isValid: (value: number) => boolean, fallback?: number) => {
    const value = json[field] ?? fallback;
    if (typeof value === 'number' && isValid(value)) return value;
    fault(field, `is ${JSON.stringify(value)}, a positive number is expected`);
    return 1;
  };
  return {
    faults,
    count: (field, fallback) => number(field, isCount, fallback),
    positive: (field, fallback) => number(field, isPositive, fallback),
    value: (field) => json[field],
    fault,
    unsupported: (found, supported) =>
      new HeliumError(
        'MODEL_UNSUPPORTED',
        `${folder}: ${found} is not supported, only ${supported}`,
      ),
  };
}

const isCount = (value: number) => isWholeNumber(value, 1);
const isPositive = (value: number) => Number.isFinite(value) && value > 0;
