import { type Fault, HeliumError, isJsonObject, isWholeNumber } from '@helium/shared';
import type { Instance, InstanceCall } from './instance.ts';

/** Faults listed at most; the rest is counted. */
const MAX_FAULTS = 50;
/** A hundred times the clusters that are simulated; every planner keeps something of each worker. */
const MAX_WORKERS = 100_000;
const MAX_INTEGER = 2 ** 31 - 1;

/**
 * Reads an instance from parsed JSON in the format of `PROBLEM.md` section 1. Throws
 * INSTANCE_INVALID with every fault found: `field` is the place (`calls[7].deps[0]`), the message
 * names value and limit.
 */
export function readInstance(json: unknown): Instance {
  const reader = new InstanceReader(json);
  return reader.read();
}

class InstanceReader {
  readonly #faults: Fault[] = [];
  readonly #json: Readonly<Record<string, unknown>>;

  constructor(json: unknown) {
    this.#json = this.#record(json, 'instance');
  }

  read(): Instance {
    const { name } = this.#json;
    if (typeof name !== 'string' || name === '') this.#fault('name', `is no text: ${show(name)}`);
    const segments = this.#list(this.#json.segments, 'segments').map((tokens, i) =>
      this.#positive(tokens, `segments[${i}]`),
    );
    const calls = this.#list(this.#json.calls, 'calls').map((call, number) =>
      this.#call(call, number, segments.length),
    );
    if (Array.isArray(this.#json.calls) && calls.length === 0) this.#fault('calls', 'is empty');
    const instance = {
      name: String(name),
      workers: this.#positive(this.#json.workers, 'workers', MAX_WORKERS),
      kvCapacity: this.#positive(this.#json.kv_capacity, 'kv_capacity'),
      maxSeqs: this.#positive(this.#json.max_seqs, 'max_seqs'),
      maxBatchedTokens: this.#positive(this.#json.max_batched_tokens, 'max_batched_tokens'),
      segments: Int32Array.from(segments),
      calls,
    };
    if (this.#faults.length === 0) this.#checkSizes(instance);
    this.#refuseFaults();
    return instance;
  }

  #call(json: unknown, number: number, segmentCount: number): InstanceCall {
    const place = `calls[${number}]`;
    const call = this.#record(json, place);
    const deps = this.#list(call.deps, `${place}.deps`).map((dep, i) =>
      this.#dependency(dep, `${place}.deps[${i}]`, number),
    );
    if (new Set(deps).size < deps.length) this.#fault(`${place}.deps`, 'names a call twice');
    const prompt = this.#list(call.prompt, `${place}.prompt`).map((item, i) =>
      this.#item(item, `${place}.prompt[${i}]`, segmentCount, deps),
    );
    if (Array.isArray(call.prompt) && prompt.length === 0) {
      this.#fault(`${place}.prompt`, 'is empty');
    }
    return {
      prompt: Int32Array.from(prompt),
      out: this.#positive(call.out, `${place}.out`),
      deps: Int32Array.from(deps),
      op: this.#natural(call.op ?? 0, `${place}.op`),
      query: this.#natural(call.query ?? 0, `${place}.query`),
    };
  }

  #item(item: unknown, place: string, segmentCount: number, deps: readonly number[]): number {
    const text = typeof item === 'string' ? item : '';
    const [, kind, digits] = /^([so])(0|[1-9][0-9]*)$/.exec(text) ?? [];
    const number = Number(digits);
    if (kind === undefined) {
      this.#fault(place, `is neither s<segment> nor o<call>: ${show(item)}`);
    } else if (kind === 's' && number >= segmentCount) {
      this.#fault(place, `is ${item}; there are ${segmentCount} segments`);
    } else if (kind === 'o' && !deps.includes(number)) {
      this.#fault(place, `uses the output of call ${number}, which is not in deps`);
    }
    return kind === 'o' ? ~number : number;
  }

  #dependency(dep: unknown, place: string, number: number): number {
    const value = this.#natural(dep, place);
    if (value >= number) this.#fault(place, `is ${value}; call ${number} needs smaller numbers`);
    return value;
  }

  /**
   * A call that no cache holds could never run. No schedule takes longer than all calls and delays one after
   * the other, so where that is exact every makespan is.
   */
  #checkSizes({ calls, segments, kvCapacity }: Instance): void {
    let steps = 0;
    calls.forEach((call, number) => {
      const prompt = call.prompt.reduce(
        (sum, item) => sum + (item >= 0 ? segments[item]! : calls[~item]!.out),
        0,
      );
      steps += call.out * (kvCapacity + prompt + (call.out + 1) / 2);
      if (prompt + call.out <= kvCapacity) return;
      const needed = `${prompt} prompt and ${call.out} output tokens`;
      this.#fault(`calls[${number}]`, `needs ${needed}; kv_capacity is ${kvCapacity}`);
    });
    if (steps <= Number.MAX_SAFE_INTEGER) return;
    this.#fault('calls', `take ${steps} token steps one after the other; at most 2^53 - 1`);
  }

  #record(json: unknown, place: string): Readonly<Record<string, unknown>> {
    if (isJsonObject(json)) return json;
    this.#fault(place, `is no object: ${show(json)}`);
    return {};
  }

  #list(json: unknown, place: string): readonly unknown[] {
    if (Array.isArray(json)) return json;
    this.#fault(place, `is no list: ${show(json)}`);
    return [];
  }

  #positive(value: unknown, place: string, most = MAX_INTEGER): number {
    return this.#integer(value, place, 1, most);
  }

  #natural(value: unknown, place: string): number {
    return this.#integer(value, place, 0, MAX_INTEGER);
  }

  #integer(value: unknown, place: string, least: number, most: number): number {
    if (isWholeNumber(value, least, most)) return value;
    this.#fault(place, `is ${show(value)}; an integer from ${least} to ${most} is needed`);
    return least;
  }

  #fault(field: string, message: string): void {
    this.#faults.push({ field, message });
  }

  #refuseFaults(): void {
    const [first] = this.#faults;
    if (!first) return;
    const hidden = this.#faults.length - MAX_FAULTS;
    const more = hidden > 0 ? [{ field: 'instance', message: `${hidden} more faults` }] : [];
    throw new HeliumError(
      'INSTANCE_INVALID',
      `instance ${show(this.#json.name)}: ${first.field} ${first.message}`,
      { faults: [...this.#faults.slice(0, MAX_FAULTS), ...more] },
    );
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
