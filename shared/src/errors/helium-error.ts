import { ERROR_CODES, type ErrorCode } from './codes.ts';

const BRAND = Symbol.for('helium.error');

/** One fault of a request: where it is and what is wrong, e.g. `operators[3].messages[0]`. */
export interface Fault {
  readonly field: string;
  readonly message: string;
}

export interface HeliumErrorOptions {
  /** Every fault found, when the request has more than one; never only the first. */
  readonly faults?: readonly Fault[];
  /** Flat facts for machines (ids, values, limits). */
  readonly details?: Readonly<Record<string, string | number>>;
  readonly cause?: unknown;
}

/**
 * The one error class. The message names the thing, the value and the limit. Recognised by brand, so
 * that two copies of the package agree.
 */
export class HeliumError extends Error {
  readonly code: ErrorCode;
  readonly faults: readonly Fault[];
  readonly details: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, message: string, options: HeliumErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HeliumError';
    this.code = code;
    this.faults = options.faults ?? [];
    this.details = options.details ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  /** The single funnel: any thrown value becomes a HeliumError; an unknown one is our own bug. */
  static from(thrown: unknown, fallback: ErrorCode = 'INVARIANT_BROKEN'): HeliumError {
    if (thrown instanceof HeliumError) return thrown as HeliumError;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new HeliumError(fallback, message, { cause: thrown });
  }
}

/** Lists the faults below the headline, one a line, for terminals and logs. */
export function formatError(error: HeliumError): string {
  return [
    `${error.code}: ${error.message}`,
    ...error.faults.map(({ field, message }) =>
      field === '' ? `  ${message}` : `  ${field}: ${message}`,
    ),
  ].join('\n');
}
