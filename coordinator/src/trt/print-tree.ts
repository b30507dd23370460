import { pathTo } from './node-path.ts';
import type { CallKey } from './prompt-template.ts';
import type { TemplatedRadixTree } from './templated-radix-tree.ts';
import { placeholderCall, type TreeNode } from './tree-node.ts';

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
    this.#branches(this.#tree.root, this.#tree.root.calls, '');
    return `${this.#lines.join('\n')}\n`;
  }

  #headline(): void {
    const { callCount, distinctTokens, root } = this.#tree;
    const total = staticTokensBelow(root);
    const repeated = total - distinctTokens;
    const share = total === 0 ? 0 : Math.round((100 * repeated) / total);
    this.#lines.push(
      `prompts of ${count(callCount, 'call')}: ${count(total, 'static token')}, ` +
        `${number(distinctTokens)} distinct; ` +
        `sharing prefixes saves ${number(repeated)} (${share} %)`,
    );
  }

  #branches(node: TreeNode, calls: readonly CallKey[], indent: string): void {
    const count = calls.length + node.children.length;
    const shown = Math.min(count, this.#maxBranches);
    for (let place = 0; place < shown; place++) {
      const isLast = place === count - 1;
      const branch = `${indent}${isLast ? '└─' : '├─'} `;
      const call = calls[place];
      if (call === undefined) {
        const child = node.children[place - calls.length]!;
        this.#edge(child, branch, `${indent}${isLast ? '   ' : '│  '}`);
      } else {
        this.#lines.push(`${branch}${this.#callText(call)}`);
      }
    }
    if (shown < count) this.#lines.push(`${indent}└─ … ${count - shown} more of ${count}`);
  }

  /** One line for the edge and those it leads on to without a branch, then what is below. */
  #edge(first: TreeNode, branch: string, indent: string): void {
    let node = first;
    let text = this.#edgeText(node);
    while (node.calls.length === 0 && node.children.length === 1) {
      node = node.children[0]!;
      text += ` + ${this.#edgeText(node)}`;
    }
    if (node.callCount > 1) text += `  ×${number(node.callCount)}`;
    const isSingle = node.callCount === 1;
    if (isSingle) text += ` ${this.#callText(node.calls[0]!)}`;
    this.#lines.push(`${branch}${text}`);
    this.#branches(node, isSingle ? [] : node.calls, indent);
  }

  #edgeText(node: TreeNode): string {
    const output = placeholderCall(node);
    if (output !== undefined) return `[output of ${this.#describe(output)}]`;
    const tokens = count(node.length, 'token');
    if (!this.#decode) return tokens;
    const text = this.#decode(this.#tree.edgeTokens(node));
    const characters = [...text];
    const isCut = characters.length > this.#maxText;
    const snippet = isCut ? `${characters.slice(0, this.#maxText).join('')}…` : text;
    return `${tokens} ${JSON.stringify(snippet)}`;
  }

  /** Names calls it waits for only where its prompt does not show them already. */
  #callText(call: CallKey): string {
    const inPrompt = new Set(pathTo(this.#tree.nodeOf(call)).map(placeholderCall));
    const after = this.#tree.dependenciesOf(call).filter((dep) => !inPrompt.has(dep));
    const name = `→ ${this.#describe(call)}`;
    return after.length === 0 ? name : `${name} after ${after.map(this.#describe).join(', ')}`;
  }
}

function staticTokensBelow(root: TreeNode): number {
  let total = 0;
  const pending = [root];
  for (let node = pending.pop(); node; node = pending.pop()) {
    total += node.length * node.callCount;
    for (const child of node.children) pending.push(child);
  }
  return total;
}

function count(amount: number, noun: string): string {
  return `${number(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

function number(amount: number): string {
  return amount.toLocaleString('en-US');
}
