/**
 * Orders things so that each comes after what it depends on; where that leaves a choice, as given.
 * An order that already is topological is kept. Dependencies not among the things are ignored.
 * Returns the cycles found instead when there are any, each from a member round to the same member,
 * no two of them made of the same members. Depth-first without recursion; O(things + dependencies).
 */
export function orderByDependency<Id>(
  ids: readonly Id[],
  dependenciesOf: (id: Id) => readonly Id[],
): { readonly order: readonly Id[]; readonly cycles: readonly (readonly Id[])[] } {
  const known = new Set(ids);
  const done = new Set<Id>();
  const onPath = new Map<Id, number>();
  const inReportedCycle = new Set<Id>();
  const order: Id[] = [];
  const cycles: Id[][] = [];

  for (const start of ids) {
    if (done.has(start)) continue;
    const path: { readonly id: Id; readonly dependencies: readonly Id[]; next: number }[] = [];
    const enter = (id: Id) => {
      onPath.set(id, path.length);
      path.push({ id, dependencies: dependenciesOf(id), next: 0 });
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const dependency = top.dependencies[top.next++];
      if (dependency === undefined) {
        path.pop();
        onPath.delete(top.id);
        done.add(top.id);
        order.push(top.id);
      } else if (onPath.has(dependency)) {
        const cycle = path.slice(onPath.get(dependency)).map((step) => step.id);
        if (cycle.some((id) => !inReportedCycle.has(id))) cycles.push([...cycle, dependency]);
        for (const id of cycle) inReportedCycle.add(id);
      } else if (known.has(dependency) && !done.has(dependency)) {
        enter(dependency);
      }
    }
  }
  return { order, cycles };
}
