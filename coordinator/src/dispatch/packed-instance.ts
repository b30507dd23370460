import type { Instance, InstanceCall } from '../scheduler/index.ts';

/**
 * An instance in a few long arrays: sending it to a thread costs a copy of them, where it would cost several
 * microseconds for each call's own. Lists lie one behind the other; `…Ends` says where each call's ends.
 */
export interface PackedInstance extends Omit<Instance, 'calls'> {
  readonly prompts: Int32Array;
  readonly promptEnds: Int32Array;
  readonly deps: Int32Array;
  readonly depEnds: Int32Array;
  readonly out: Float64Array;
  readonly op: Int32Array;
  readonly query: Int32Array;
}

/** O(items of all prompts). Only `segments` is shared with the instance. */
export function packInstance({ calls, ...rest }: Instance): PackedInstance {
  const prompts = joined(calls, ({ prompt }) => prompt);
  const deps = joined(calls, (call) => call.deps);
  const numbers = {
    out: new Float64Array(calls.length),
    op: new Int32Array(calls.length),
    query: new Int32Array(calls.length),
  };
  for (let i = 0; i < calls.length; i++) {
    const { out, op, query } = calls[i]!;
    numbers.out[i] = out;
    numbers.op[i] = op;
    numbers.query[i] = query;
  }
  return {
    ...rest,
    prompts: prompts.items,
    promptEnds: prompts.ends,
    deps: deps.items,
    depEnds: deps.ends,
    ...numbers,
  };
}

/** Equal to the instance that was packed; its calls' lists are views. */
export function unpackInstance(packed: PackedInstance): Instance {
  const { prompts, promptEnds, deps, depEnds, out, op, query, ...rest } = packed;
  const calls = Array.from(out, (tokens, call) => ({
    prompt: prompts.subarray(promptEnds[call - 1] ?? 0, promptEnds[call]),
    out: tokens,
    deps: deps.subarray(depEnds[call - 1] ?? 0, depEnds[call]),
    op: op[call]!,
    query: query[call]!,
  }));
  return { ...rest, calls };
}

/** Item by item: `set` takes longer for lists as short as these. */
function joined(
  calls: readonly InstanceCall[],
  listOf: (call: InstanceCall) => Int32Array,
): { readonly items: Int32Array; readonly ends: Int32Array } {
  const ends = new Int32Array(calls.length);
  let end = 0;
  for (let i = 0; i < calls.length; i++) {
    end += listOf(calls[i]!).length;
    ends[i] = end;
  }
  const items = new Int32Array(end);
  let at = 0;
  for (const call of calls) {
    const list = listOf(call);
    for (let i = 0; i < list.length; i++) items[at++] = list[i]!;
  }
  return { items, ends };
}
