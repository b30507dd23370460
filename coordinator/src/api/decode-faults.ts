import { type ErrorCode, type Fault, HeliumError, isWholeNumber } from '@helium/shared';

/** Collects every fault of a request while it is decoded, so that the caller learns of all at once. */
export class DecodeFaults {
  readonly #faults: Fault[] = [];

  add(field: string, message: string): void {
    this.#faults.push({ field, message });
  }

  /** Throws `code` with every fault, if there is one. `what` names the request for people. */
  throwIfAny(code: ErrorCode, what: string): void {
    const [first] = this.#faults;
    if (first === undefined) return;
    const count = this.#faults.length;
    const headline =
      count === 1
        ? `${what}: ${first.field}: ${first.message}`
        : `${what} has ${count} faults, the first is ${first.field}: ${first.message}`;
    throw new HeliumError(code, headline, { faults: this.#faults });
  }
}

/** The domain's word for a wire enum. What `table` lacks is a fault: unspecified, and newer clients' values. */
export function decodeEnum<T>(
  table: Readonly<Record<string, T>>,
  value: string | number,
  field: string,
  faults: DecodeFaults,
): T | undefined {
  const found = table[value];
  if (found === undefined) {
    faults.add(field, `${value} is not one of ${Object.keys(table).join(', ')}`);
  }
  return found;
}

/** A 64-bit count that JavaScript holds exactly. */
export function decodeCount(value: string, field: string, faults: DecodeFaults): number {
  const count = Number(value);
  if (!isWholeNumber(count)) {
    faults.add(field, `${value} is not from 0 to ${Number.MAX_SAFE_INTEGER}`);
    return 0;
  }
  return count;
}
