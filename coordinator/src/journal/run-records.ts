import {
  type CallUsage,
  HeliumError,
  type ModelDigest,
  type RunEvent,
  type RunId,
  type TenantId,
  type TokenLogprob,
} from '@helium/shared';
import type { RunOptions } from '../dispatch/run-port.ts';
import type { Row, Workflow } from '../plan/operator.ts';
import { readText, writeText } from './json-text.ts';

/** Of everything below. A change to any of it is another format; there is no reading of older ones by guess. */
export const RUN_FORMAT = 1;

/** Of a run whatever its format, so that one that cannot be resumed is still known by name. */
export interface RunHead {
  readonly format: number;
  readonly id: RunId;
  readonly tenant: TenantId;
  readonly requestId: string;
  /** Of `requestHash`. */
  readonly contentHash: string;
  readonly workflowName: string;
  readonly rowCount: number;
  /** Wall time of its acceptance. */
  readonly atMs: number;
}

/** What was asked for, and what the answer depended on when it was accepted. */
export interface RunRequest {
  readonly workflow: Workflow;
  readonly rows: readonly Row[];
  readonly options: RunOptions;
  /** Names of models that operators could ask for. */
  readonly models: readonly string[];
  readonly traceparent?: string;
}

/** What a plan was made from beside the request: with the same of it, it is made the same again. */
export interface PlanBasis {
  readonly models: ReadonlyMap<string, ModelDigest>;
  readonly functions: ReadonlyMap<string, string>;
  /** What the prompt cache had, by key. */
  readonly hits: ReadonlyMap<string, string>;
  readonly planMs: number;
}

/** What a call, or a function that is not pure, came to. */
export interface KnownResult {
  readonly operator: string;
  /** The first of its rows. */
  readonly row: number;
  readonly text: string;
  readonly source: 'worker' | 'prompt-cache' | 'merged' | 'function';
  readonly logprobs?: readonly TokenLogprob[];
  /** Of a worker's. */
  readonly usage?: CallUsage;
  readonly missReason?: string;
  /** Tokens computed ahead for the run so far. */
  readonly prefetched: number;
}

export type RunEntry =
  | { readonly kind: 'event'; readonly event: RunEvent }
  /** Token deltas, which are not kept, may have cursors up to this one. */
  | { readonly kind: 'cursors'; readonly upTo: number }
  | { readonly kind: 'planned'; readonly basis: PlanBasis }
  /** What the prompt cache had for what a node becomes; `node` as `nodeKey`. */
  | {
      readonly kind: 'expanded';
      readonly node: string;
      readonly hits: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'result'; readonly result: KnownResult };

/** Names a node of a run whatever numbers a plan gives. */
export function nodeKey(operator: string, row: number | undefined): string {
  return `${row} ${operator}`;
}

export function writeAccepted(head: Omit<RunHead, 'format'>, request: RunRequest): string {
  return `${JSON.stringify({ format: RUN_FORMAT, ...head })}\n${writeText(request)}`;
}

/** `readRequest` throws STORE_UNAVAILABLE, naming the format, for one of another version. */
export function readAccepted(accepted: string): {
  readonly head: RunHead;
  readonly readRequest: () => RunRequest;
} {
  const end = accepted.indexOf('\n');
  const head = JSON.parse(accepted.slice(0, end)) as RunHead;
  const readRequest = () => {
    assertFormat(head);
    return readText(accepted.slice(end + 1)) as RunRequest;
  };
  return { head, readRequest };
}

export function writeEntry(entry: RunEntry): string {
  return writeText(entry);
}

export function readEntry(line: string): RunEntry {
  return readText(line) as RunEntry;
}

function assertFormat({ id, format }: RunHead): void {
  if (format === RUN_FORMAT) return;
  const message =
    `run "${id}" was accepted by another version of Helium: its journal has format ${format}, ` +
    `this version reads ${RUN_FORMAT}; it cannot be resumed here`;
  throw new HeliumError('PROTOCOL_INCOMPATIBLE', message, { details: { run: id, format } });
}
