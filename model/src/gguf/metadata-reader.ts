import { HeliumError, isWholeNumber } from '@helium/shared';
import type { Metadata, MetadataValue } from './metadata.ts';

/** Typed access to metadata; every fault names the key, the value and what was expected. */
export interface MetadataReader {
  has(key: string): boolean;
  /** A whole number ≥ 1. */
  count(key: string, fallback?: number): number;
  /** A finite number > 0. */
  positive(key: string, fallback?: number): number;
  text(key: string, fallback?: string): string;
  flag(key: string, fallback: boolean): boolean;
  texts(key: string): readonly string[];
  numbers(key: string): readonly number[];
  /** A token id, null where the key is absent. */
  id(key: string): number | null;
  invalid(key: string, fault: string): HeliumError;
  unsupported(key: string, value: string): HeliumError;
}

/** Missing keys without a fallback and values of another kind throw MODEL_INVALID. */
export function readerOf(path: string, metadata: Metadata): MetadataReader {
  const invalid = (key: string, fault: string) =>
    new HeliumError('MODEL_INVALID', `${path}: ${key} ${fault}`);

  function read<T extends MetadataValue>(
    key: string,
    fallback: T | undefined,
    isValid: (value: MetadataValue) => boolean,
    expected: string,
  ): T {
    const value = metadata.get(key) ?? fallback;
    if (value === undefined) throw invalid(key, `is missing, ${expected} is expected`);
    if (isValid(value)) return value as T;
    const shown = Array.isArray(value) ? 'a list' : JSON.stringify(value);
    throw invalid(key, `is ${shown}, ${expected} is expected`);
  }

  return {
    has: (key) => metadata.has(key),
    count: (key, fallback) => read(key, fallback, isCount, 'a whole number ≥ 1'),
    positive: (key, fallback) => read(key, fallback, isPositive, 'a number > 0'),
    text: (key, fallback) => read(key, fallback, isText, 'text'),
    flag: (key, fallback) => read<boolean>(key, fallback, isFlag, 'true or false'),
    texts: (key) => read<readonly string[]>(key, undefined, isListOf(isText), 'a list of texts'),
    numbers: (key) =>
      read<readonly number[]>(key, undefined, isListOf(isNumber), 'a list of numbers'),
    id: (key) => (metadata.has(key) ? read<number>(key, undefined, isId, 'a token id') : null),
    invalid,
    unsupported: (key, value) =>
      new HeliumError('MODEL_UNSUPPORTED', `${path}: ${key} is ${value}, which is not supported`),
  };
}

const isText = (value: MetadataValue) => typeof value === 'string';
const isFlag = (value: MetadataValue) => typeof value === 'boolean';
const isNumber = (value: MetadataValue) => typeof value === 'number';
const isId = (value: MetadataValue) => isWholeNumber(value);
const isCount = (value: MetadataValue) => isWholeNumber(value, 1);
const isPositive = (value: MetadataValue) => Number.isFinite(value) && (value as number) > 0;
const isListOf = (isItem: (value: MetadataValue) => boolean) => (value: MetadataValue) =>
  Array.isArray(value) && value.every(isItem);
