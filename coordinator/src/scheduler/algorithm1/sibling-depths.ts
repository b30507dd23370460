/**
 * Depth of each node in the graph of its strongly connected components: 0 for a component nothing
 * points to, else one more than the deepest that points to it. `edges(node)` lists where a node
 * points. Nodes are numbered 0 to count - 1. Tarjan's algorithm, O(nodes + edges).
 */
export function componentDepths(
  count: number,
  edges: (node: number) => readonly number[],
): Int32Array {
  const components = stronglyConnected(count, edges);
  const componentOf = new Int32Array(count);
  components.forEach((members, number) => {
    for (const node of members) componentOf[node] = number;
  });
  // Tarjan finds a component after all it points to: the last found is upstream of the others.
  const depth = new Int32Array(components.length);
  for (let number = components.length - 1; number >= 0; number--) {
    for (const node of components[number]!) {
      for (const target of edges(node)) {
        const other = componentOf[target]!;
        if (other !== number) depth[other] = Math.max(depth[other]!, depth[number]! + 1);
      }
    }
  }
  return componentOf.map((component) => depth[component]!);
}

function stronglyConnected(count: number, edges: (node: number) => readonly number[]): number[][] {
  const found = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const stack: number[] = [];
  const components: number[][] = [];
  let clock = 0;
  const visit = (node: number): void => {
    found[node] = clock;
    low[node] = clock++;
    stack.push(node);
    onStack[node] = 1;
    for (const next of edges(node)) {
      if (found[next]! < 0) {
        visit(next);
        low[node] = Math.min(low[node]!, low[next]!);
      } else if (onStack[next]) {
        low[node] = Math.min(low[node]!, found[next]!);
      }
    }
    if (low[node] !== found[node]) return;
    const members = stack.splice(stack.indexOf(node));
    for (const member of members) onStack[member] = 0;
    components.push(members);
  };
  for (let node = 0; node < count; node++) if (found[node]! < 0) visit(node);
  return components;
}
