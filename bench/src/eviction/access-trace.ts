import { type Call, type CallResult, sequenceBlockHashes } from '@helium/shared';
import type { WorkerObserver } from '@helium/simulation';

/** One worker's use of its KV, in order. */
export type Access =
  | {
      readonly kind: 'begin';
      readonly call: string;
      /** Whole blocks of the prompt; the first `reusable` may be found. */
      readonly hashes: readonly string[];
      readonly reusable: number;
      /** Beside the blocks: the rest of prompt and output, in whole blocks. */
      readonly privateTokens: number;
    }
  | { readonly kind: 'end'; readonly call: string };

interface Coming {
  readonly call: Call;
  readonly hashes: readonly string[];
  readonly promptTokens: number;
}

/** Writes down when calls begin and end on one worker, and what they found. */
export class AccessTrace implements WorkerObserver {
  readonly accesses: Access[] = [];
  reusedTokens = 0;
  promptTokens = 0;
  /** Salt of the calls' blocks, once one has come. */
  cacheSalt: string | undefined;
  readonly #blockTokens: number;
  /** Calls that wait, by order. */
  readonly #coming = new Map<number, Coming>();

  constructor(blockTokens: number) {
    this.#blockTokens = blockTokens;
  }

  started({ residency }: Parameters<WorkerObserver['started']>[0]): void {
    const endUse = residency.endUse.bind(residency);
    // The planner says so of every call that begins, in order.
    residency.endUse = (hashes, order, used) => {
      endUse(hashes, order, used);
      const coming = this.#coming.get(order);
      if (!used || coming === undefined) return;
      this.#coming.delete(order);
      this.#begin(coming, hashes.length);
    };
  }

  received(call: Call, prompt: Int32Array): void {
    this.cacheSalt = call.cacheSalt;
    const hashes = sequenceBlockHashes(prompt, this.#blockTokens, call.cacheSalt);
    this.#coming.set(call.order, { call, hashes, promptTokens: prompt.length });
  }

  finished({ id, usage }: CallResult): void {
    this.accesses.push({ kind: 'end', call: id });
    this.reusedTokens += usage.reusedTokens;
    this.promptTokens += usage.promptTokens;
  }

  #begin({ call, hashes, promptTokens }: Coming, reusable: number): void {
    const whole = Math.ceil((promptTokens + call.maxTokens) / this.#blockTokens);
    const privateTokens = (whole - hashes.length) * this.#blockTokens;
    this.accesses.push({ kind: 'begin', call: call.id, hashes, reusable, privateTokens });
  }
}
