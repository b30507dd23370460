/** Cycles that are told from member to member; the rest are counted. */
const CYCLES_MAX = 100;

/**
 * Orders things so that each comes after what it depends on; where that leaves a choice, as given.
 * An order that already is topological is kept. Dependencies not among the things are ignored.
 * Returns the cycles found instead when there are any, each from a member round to the same member,
 * no two of them made of the same members; of more than 100, how many more there are. Depth-first without
 * recursion; O(things + dependencies).
 */
export function orderByDependency<Id>(
  ids: readonly Id[],
  dependenciesOf: (id: Id) => readonly Id[],
): {
  readonly order: readonly Id[];
  readonly cycles: readonly (readonly Id[])[];
  readonly moreCycles: number;
} {
  const known = new Set(ids);
  const done = new Set<Id>();
  const onPath = new Map<Id, number>();
  /** Places on the path of what is in no cycle that was found; ascending. */
  const cycleFree: number[] = [];
  const order: Id[] = [];
  const cycles: Id[][] = [];
  let moreCycles = 0;

  for (const start of ids) {
    if (done.has(start)) continue;
    const path: { readonly id: Id; readonly dependencies: readonly Id[]; next: number }[] = [];
    const enter = (id: Id) => {
      onPath.set(id, path.length);
      cycleFree.push(path.length);
      path.push({ id, dependencies: dependenciesOf(id), next: 0 });
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const dependency = top.dependencies[top.next++];
      if (dependency === undefined) {
        path.pop();
        if (cycleFree.at(-1) === path.length) cycleFree.pop();
        onPath.delete(top.id);
        done.add(top.id);
        order.push(top.id);
      } else if (onPath.has(dependency)) {
        const from = onPath.get(dependency)!;
        const isNew = (cycleFree.at(-1) ?? -1) >= from;
        while ((cycleFree.at(-1) ?? -1) >= from) cycleFree.pop();
        if (isNew && cycles.length < CYCLES_MAX) {
          cycles.push([...path.slice(from).map((step) => step.id), dependency]);
        } else if (isNew) moreCycles += 1;
      } else if (known.has(dependency) && !done.has(dependency)) {
        enter(dependency);
      }
    }
  }
  return { order, cycles, moreCycles };
}
