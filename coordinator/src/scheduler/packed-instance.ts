import type { Instance, InstanceCall } from './instance.ts';

/**
 * An instance in seven arrays instead of two for every call, so that it goes to another thread without being
 * copied. What belongs to call i lies in `items` and `deps` up to `itemsEnd[i]` and `depsEnd[i]`, from where
 * that of the call before ends.
 */
export interface PackedInstance extends Omit<Instance, 'calls'> {
  readonly items: Int32Array<ArrayBuffer>;
  readonly itemsEnd: Int32Array<ArrayBuffer>;
  readonly deps: Int32Array<ArrayBuffer>;
  readonly depsEnd: Int32Array<ArrayBuffer>;
  readonly out: Int32Array<ArrayBuffer>;
  readonly op: Int32Array<ArrayBuffer>;
  readonly query: Int32Array<ArrayBuffer>;
}

/** O(items + dependencies). */
export function packInstance({ calls, ...limits }: Instance): PackedInstance {
  const items = packed(calls.map(({ prompt }) => prompt));
  const deps = packed(calls.map(({ deps: needed }) => needed));
  return {
    ...limits,
    items: items.all,
    itemsEnd: items.ends,
    deps: deps.all,
    depsEnd: deps.ends,
    out: Int32Array.from(calls, ({ out }) => out),
    op: Int32Array.from(calls, ({ op }) => op),
    query: Int32Array.from(calls, ({ query }) => query),
  };
}

/** The buffers to hand over with it; `segments`, which its instance has as well, is copied. */
export function buffersOf(instance: PackedInstance): ArrayBuffer[] {
  const { items, itemsEnd, deps, depsEnd, out, op, query } = instance;
  return [items, itemsEnd, deps, depsEnd, out, op, query].map(({ buffer }) => buffer);
}

/** The calls' arrays are views of the packed ones. */
export function unpackInstance(instance: PackedInstance): Instance {
  const { items, itemsEnd, deps, depsEnd, out, op, query, ...limits } = instance;
  const calls = Array.from(
    out,
    (tokens, i): InstanceCall => ({
      prompt: items.subarray(itemsEnd[i - 1] ?? 0, itemsEnd[i]),
      out: tokens,
      deps: deps.subarray(depsEnd[i - 1] ?? 0, depsEnd[i]),
      op: op[i]!,
      query: query[i]!,
    }),
  );
  return { ...limits, calls };
}

function packed(lists: readonly Int32Array[]) {
  const ends = new Int32Array(lists.length);
  let end = 0;
  for (const [i, list] of lists.entries()) {
    end += list.length;
    ends[i] = end;
  }
  const all = new Int32Array(end);
  for (const [i, list] of lists.entries()) all.set(list, ends[i]! - list.length);
  return { all, ends };
}
