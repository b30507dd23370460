import { type ErrorCode, type Fault, HeliumError, isWholeNumber } from '@helium/shared';

/** Faults spelled out in one refusal; the rest are counted: a request of only faults must not grow memory. */
const LISTED_MAX = 100;

/** Collects every fault of a request while it is decoded, so that the caller learns of all at once. */
export class DecodeFaults {
  readonly #faults: Fault[] = [];
  #count = 0;

  add(field: string, message: string): void {
    this.#count += 1;
    if (this.#faults.length < LISTED_MAX) this.#faults.push({ field, message });
  }

  /** Proto paths of what is at fault. */
  get fields(): readonly string[] {
    return this.#faults.map(({ field }) => field);
  }

  /** Throws `code` with the faults, if there are any. `what` names the request for people. */
  throwIfAny(code: ErrorCode, what: string): void {
    const [first] = this.#faults;
    if (first === undefined) return;
    const count = this.#count;
    const unlisted = count - this.#faults.length;
    const more = unlisted === 0 ? [] : [{ field: '', message: `and ${unlisted} more faults` }];
    const headline =
      count === 1
        ? `${what}: ${first.field}: ${first.message}`
        : `${what} has ${count} faults, the first is ${first.field}: ${first.message}`;
    throw new HeliumError(code, headline, { faults: [...this.#faults, ...more] });
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
