import { type ErrorCode, type Fault, HeliumError } from '@helium/shared';
import { counted } from './counted.ts';

/** Codes a submission can be refused with, the one to report first when there are several. */
const PRECEDENCE = [
  'WORKFLOW_INVALID',
  'ROWS_INVALID',
  'TEXT_INVALID',
  'FUNCTION_UNKNOWN',
  'MODEL_NOT_SERVED',
] as const satisfies readonly ErrorCode[];

export type PlanFaultCode = (typeof PRECEDENCE)[number];

/** Faults spelled out in one refusal; the rest are counted. */
const LISTED_MAX = 100;

/** Collects every fault of a submission, so that it is refused once and whole. */
export class FaultList {
  readonly #faults: Fault[] = [];
  readonly #codes = new Set<PlanFaultCode>();
  #count = 0;
  /** Of these, told of in `#faults`. */
  #listed = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** `field` is the path from the request, as in `operators[3].messages[0]`; `count`: faults that it tells of. */
  add(code: PlanFaultCode, field: string, message: string, count = 1): void {
    this.#codes.add(code);
    this.#count += count;
    if (this.#faults.length >= LISTED_MAX) return;
    this.#listed += count;
    this.#faults.push({ field, message });
  }

  /**
   * Throws the HeliumError with all faults, under the first code of the precedence; returns when
   * there is none.
   */
  throwIfAny(subject: string): void {
    if (this.isEmpty) return;
    const code = PRECEDENCE.find((candidate) => this.#codes.has(candidate))!;
    const faults = [...this.#faults];
    const unlisted = this.#count - this.#listed;
    if (unlisted > 0)
      faults.push({ field: subject, message: `and ${counted(unlisted, 'more fault')}` });
    const first = faults[0]!;
    const headline =
      this.#count === 1 ? first.message : `${this.#count} faults: ${first.message}, …`;
    throw new HeliumError(code, `${subject}: ${headline}`, { faults });
  }
}
