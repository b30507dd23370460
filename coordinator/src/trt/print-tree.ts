import { nodesBelow, pathTo } from './node-path.ts';
import type { CallKey } from './prompt-template.ts';
import type { TemplatedRadixTree } from './templated-radix-tree.ts';
import type { TreeNode } from './tree-paths.ts';

export interface PrintTreeOptions {
  /** What to call a call; absent: its key. */
  readonly describeCall?: (call: CallKey) => string;
  /** Text of a run of tokens; absent: no text is shown. */
  readonly decode?: (tokens: Int32Array) => string;
  /** Branches and calls shown per node at most; the rest is counted. */
  readonly maxBranches?: number;
  /** Characters of text shown per edge at most. */
  readonly maxText?: number;
}

/**
 * The tree for people: what it saves, then every edge with its tokens, how many calls share it, and
 * the calls that end there with the calls they wait for. Lines end with a newline.
 */
export function printTree(tree: TemplatedRadixTree, options: PrintTreeOptions = {}): string {
  return new TreePrinter(tree, options).print();
}

class TreePrinter {
  readonly #tree: TemplatedRadixTree;
  readonly #describe: (call: CallKey) => string;
  readonly #decode: ((tokens: Int32Array) => string) | undefined;
  readonly #maxBranches: number;
  readonly #maxText: number;
  readonly #lines: string[] = [];

  constructor(tree: TemplatedRadixTree, options: PrintTreeOptions) {
    this.#tree = tree;
    this.#describe = options.describeCall ?? ((call) => `call ${call}`);
    this.#decode = options.decode;
    this.#maxBranches = options.maxBranches ?? Number.POSITIVE_INFINITY;
    this.#maxText = options.maxText ?? 48;
  }

  print(): string {
    this.#headline();
    this.#branches(this.#tree.root, this.#tree.callsAt(this.#tree.root), '');
    return `${this.#lines.join('\n')}\n`;
  }

  #headline(): void {
    const { callCount, distinctTokens } = this.#tree;
    const total = staticTokensOf(this.#tree);
    const repeated = total - distinctTokens;
    const share = total === 0 ? 0 : Math.round((100 * repeated) / total);
    this.#lines.push(
      `prompts of ${count(callCount, 'call')}: ${count(total, 'static token')}, ` +
        `${number(distinctTokens)} distinct; ` +
        `sharing prefixes saves ${number(repeated)} (${share} %)`,
    );
  }

  #branches(node: TreeNode, calls: readonly CallKey[], indent: string): void {
    const children = this.#tree.childrenOf(node);
    const count = calls.length + children.length;
    const shown = Math.min(count, this.#maxBranches);
    for (let place = 0; place < shown; place++) {
      const isLast = place === count - 1;
      const branch = `${indent}${isLast ? '└─' : '├─'} `;
      const call = calls[place];
      if (call === undefined) {
        const child = children[place - calls.length]!;
        this.#edge(child, branch, `${indent}${isLast ? '   ' : '│  '}`);
      } else {
        this.#lines.push(`${branch}${this.#callText(call)}`);
      }
    }
    if (shown < count) this.#lines.push(`${indent}└─ … ${count - shown} more of ${count}`);
  }

  /** One line for the edge and those it leads on to without a branch, then what is below. */
  #edge(first: TreeNode, branch: string, indent: string): void {
    const tree = this.#tree;
    let node = first;
    let text = this.#edgeText(node);
    for (let next = onlyWay(tree, node); next !== undefined; next = onlyWay(tree, node)) {
      node = next;
      text += ` + ${this.#edgeText(node)}`;
    }
    const [callCount, calls] = [tree.callCountOf(node), tree.callsAt(node)];
    if (callCount > 1) text += `  ×${number(callCount)}`;
    else text += ` ${this.#callText(calls[0]!)}`;
    this.#lines.push(`${branch}${text}`);
    this.#branches(node, callCount === 1 ? [] : calls, indent);
  }

  #edgeText(node: TreeNode): string {
    const output = this.#tree.placeholderOf(node);
    if (output !== undefined) return `[output of ${this.#describe(output)}]`;
    const tokens = count(this.#tree.edgeLength(node), 'token');
    if (!this.#decode) return tokens;
    const text = this.#decode(this.#tree.edgeTokens(node));
    const characters = [...text];
    const isCut = characters.length > this.#maxText;
    const snippet = isCut ? `${characters.slice(0, this.#maxText).join('')}…` : text;
    return `${tokens} ${JSON.stringify(snippet)}`;
  }

  /** Names calls it waits for only where its prompt does not show them already. */
  #callText(call: CallKey): string {
    const tree = this.#tree;
    const path = pathTo(tree, tree.nodeOf(call));
    const inPrompt = new Set(path.map((node) => tree.placeholderOf(node)));
    const after = tree.dependenciesOf(call).filter((dep) => !inPrompt.has(dep));
    const name = `→ ${this.#describe(call)}`;
    return after.length === 0 ? name : `${name} after ${after.map(this.#describe).join(', ')}`;
  }
}

/** The node's child where all its calls go on to it. */
function onlyWay(tree: TemplatedRadixTree, node: TreeNode): TreeNode | undefined {
  const children = tree.childrenOf(node);
  return children.length === 1 && tree.callsAt(node).length === 0 ? children[0] : undefined;
}

function staticTokensOf(tree: TemplatedRadixTree): number {
  let total = 0;
  for (const node of nodesBelow(tree, tree.root)) {
    total += tree.edgeLength(node) * tree.callCountOf(node);
  }
  return total;
}

function count(amount: number, noun: string): string {
  return `${number(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

function number(amount: number): string {
  return amount.toLocaleString('en-US');
}
