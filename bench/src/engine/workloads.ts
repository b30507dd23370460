import { readFileSync } from 'node:fs';
import { type Fault, HeliumError, isWholeNumber } from '@helium/shared';

/** The prompts that engines are compared on, as token ids. */
export interface Workloads {
  /** a: one long prompt. */
  readonly prefill: readonly number[];
  /** b: short prompts, at least as many as the largest batch. */
  readonly decode: readonly (readonly number[])[];
  /** c: prompts are the prefix and one tail each. */
  readonly shared_prefix: readonly number[];
  readonly shared_tail: readonly (readonly number[])[];
  /** d: every question goes to every expert, then each question's outputs to a summarizer. */
  readonly expert_system: readonly (readonly number[])[];
  readonly question: readonly (readonly number[])[];
  readonly summary_system: readonly number[];
}

/** Batch sizes of workload b. */
export const BATCHES = [1, 4, 16, 32] as const;

/** Tokens that each call generates, by workload: decoding, shared prefix, experts, summarizers. */
export const NEW_TOKENS = { decode: 64, shared: 64, expert: 48, summary: 64 } as const;

const LISTS = { decode: BATCHES.at(-1)!, shared_tail: 1, expert_system: 1, question: 1 } as const;

/** Reads and checks a workloads file. Throws FILE_INVALID with every fault. */
export function readWorkloads(path: string): Workloads {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const message = `workloads ${path}: ${(cause as Error).message}`;
    throw new HeliumError('FILE_INVALID', message, { cause });
  }
  const faults = faultsOf(content as Readonly<Record<string, unknown>>);
  if (faults.length === 0) return content as Workloads;
  const [first] = faults;
  const message = `workloads ${path}: ${first?.field} ${first?.message}`;
  throw new HeliumError('FILE_INVALID', message, { faults });
}

function faultsOf(content: Readonly<Record<string, unknown>> | null): Fault[] {
  const faults: Fault[] = [];
  for (const field of ['prefill', 'shared_prefix', 'summary_system']) {
    if (!isPrompt(content?.[field])) faults.push({ field, message: 'must be a list of token ids' });
  }
  for (const [field, least] of Object.entries(LISTS)) {
    const list = content?.[field];
    if (!Array.isArray(list) || list.length < least || !list.every(isPrompt)) {
      faults.push({ field, message: `must be a list of ${least} or more lists of token ids` });
    }
  }
  return faults;
}

function isPrompt(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((id) => isWholeNumber(id));
}
