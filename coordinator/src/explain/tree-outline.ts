import { callsBelow, type TreeNode } from '../trt/index.ts';
import type { CallNames } from './call-names.ts';
import type { ExplainedPool } from './explained-plan.ts';
import { COLUMNS, counted, cut, grouped, onOneLine, wrap } from './text-layout.ts';
import { type BranchGroup, type TreeBranch, TreeShapes } from './tree-shape.ts';

/** Lines of a tree at most: deeper branches are left out until it fits. */
const LINES_MAX = 70;
const DEPTH_MAX = 10;
/** Shapes of branches that are shown below one node. */
const GROUPS_MAX = 8;
/** Characters of text that are shown for an edge. */
const TEXT_MAX = 60;

const LEGEND = [
  'How the prompts begin: every line is text that n prompts (×n) have in common so far, which a worker',
  'computes once and keeps. Prompts part where lines branch; parts of a few tokens are drawn together.',
  '[x] is the answer of x, not known yet; → names the calls whose prompts end there.',
];

/** What of a pool its tree is drawn from. */
export type PromptTree = Pick<ExplainedPool, 'tree' | 'nodeOfKey' | 'decode'>;

/** The tree of prompts, branches of one shape shown once, within LINES_MAX lines. */
export function outlineTree(pool: PromptTree, names: CallNames): string {
  const outline = new TreeOutline(pool, names);
  let lines: readonly string[] = [];
  for (let depth = DEPTH_MAX; depth > 0; depth--) {
    lines = outline.print(depth);
    if (lines.length <= LINES_MAX) break;
  }
  const shown = lines.slice(0, LINES_MAX);
  const more = lines.length - shown.length;
  if (more > 0) shown.push(`… and ${counted(more, 'more line')}`);
  return `${[...LEGEND, '', ...shown].join('\n')}\n`;
}

class TreeOutline {
  readonly #pool: PromptTree;
  readonly #names: CallNames;
  readonly #shapes: TreeShapes;
  #lines: string[] = [];

  constructor(pool: PromptTree, names: CallNames) {
    this.#pool = pool;
    this.#names = names;
    this.#shapes = new TreeShapes(pool.tree, (key) => names.shapeOf(pool.nodeOfKey.get(key) ?? -1));
  }

  print(depth: number): readonly string[] {
    this.#lines = [];
    this.#below(this.#pool.tree.root, '', depth);
    return this.#lines;
  }

  #below(node: TreeNode, indent: string, depth: number): void {
    if (depth === 0) {
      if (this.#pool.tree.childrenOf(node).length > 0)
        this.#say(indent, '└─ ', `… below: ${this.#callsText(node)}`);
      return;
    }
    const groups = this.#shapes.groupsBelow(node);
    const shown = groups.slice(0, GROUPS_MAX);
    for (const [i, group] of shown.entries()) {
      this.#group(group, indent, i === groups.length - 1, depth);
    }
    if (shown.length === groups.length) return;
    const hidden = groups.slice(GROUPS_MAX).flatMap(({ first, others }) => [first, ...others]);
    const calls = hidden.flatMap(({ end }) => this.#callsBelow(end));
    this.#say(indent, '└─ ', `… ${hidden.length} more branches: ${this.#describe(calls)}`);
  }

  #group({ first, others }: BranchGroup, indent: string, isLast: boolean, depth: number): void {
    const isAlone = isLast && others.length === 0;
    this.#branch(first, indent, isAlone, depth);
    if (others.length === 0) return;
    const calls = others.flatMap(({ end }) => this.#callsBelow(end));
    const text = `… and ${others.length} more like it, for ${this.#describe(calls)}`;
    this.#say(indent, isLast ? '└─ ' : '├─ ', text);
  }

  #branch(branch: TreeBranch, indent: string, isLast: boolean, depth: number): void {
    const { end } = branch;
    const art = isLast ? '└─ ' : '├─ ';
    const inner = `${indent}${isLast ? '   ' : '│  '}`;
    const { tree } = this.#pool;
    const calls = tree.callsAt(end);
    const arrow = calls.length === 0 ? '' : ` → ${this.#describe(calls)}`;
    const edge = this.#edgeText(branch);
    const room = COLUMNS - indent.length - art.length;
    if (edge.length + arrow.length <= room) {
      this.#lines.push(`${indent}${art}${edge}${arrow}`);
    } else {
      this.#lines.push(cut(`${indent}${art}${edge}`, COLUMNS));
      const bar = tree.childrenOf(end).length > 0 ? '│ ' : '  ';
      const first = `${inner}${bar}`;
      if (arrow !== '') this.#lines.push(...wrap(arrow.trim(), first, `${first}  `));
    }
    this.#below(end, inner, depth - 1);
  }

  #edgeText({ steps, end }: TreeBranch): string {
    const { tree } = this.#pool;
    const tokens = steps.reduce((sum, step) => sum + tree.edgeLength(step), 0);
    const outputs = steps.flatMap((step) => tree.placeholderOf(step) ?? []);
    const callCount = tree.callCountOf(end);
    const passing = callCount > 1 ? `×${grouped(callCount)} ` : '';
    const answers = this.#outputsText(outputs);
    const isFirst = steps[0] !== undefined && tree.placeholderOf(steps[0]) !== undefined;
    const known = tokens === 0 ? '' : `${counted(tokens, 'token')}${this.#quote(steps)}`;
    const parts = isFirst ? [answers, known] : [known, answers];
    return `${passing}${parts.filter((part) => part !== '').join(' + ')}`;
  }

  #outputsText(outputs: readonly number[]): string {
    const nodes = outputs.flatMap((key) => this.#pool.nodeOfKey.get(key) ?? []);
    const functions = outputs.length - nodes.length;
    const calls =
      nodes.length === 0 ? [] : [`[${this.#names.operators(nodes, { alternatives: 5 })}]`];
    return [...calls, ...(functions === 0 ? [] : ['[text made on the way]'])].join(' + ');
  }

  /** The start of the first text on the way. */
  #quote(steps: readonly TreeNode[]): string {
    const { decode, tree } = this.#pool;
    if (decode === undefined) return '';
    const start = steps.findIndex((step) => tree.edgeLength(step) > 0);
    const length = steps.slice(start).findIndex((step) => tree.edgeLength(step) === 0);
    const run = steps.slice(start, length < 0 ? undefined : start + length);
    const text = run.map((step) => decode(tree.edgeTokens(step))).join('');
    return ` "${cut(onOneLine(text), TEXT_MAX)}"`;
  }

  #callsBelow(node: TreeNode): number[] {
    return callsBelow(this.#pool.tree, node);
  }

  #callsText(node: TreeNode): string {
    const calls = this.#pool.tree.childrenOf(node).flatMap((child) => this.#callsBelow(child));
    return `${counted(calls.length, 'call')}: ${this.#describe(calls)}`;
  }

  #describe(keys: readonly number[]): string {
    return this.#names.describe(
      keys.flatMap((key) => this.#pool.nodeOfKey.get(key) ?? []),
      { patterns: 3 },
    );
  }

  #say(indent: string, art: string, text: string): void {
    const bar = art === '├─ ' ? '│    ' : '     ';
    this.#lines.push(...wrap(text, `${indent}${art}`, `${indent}${bar}`));
  }
}
