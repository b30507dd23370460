import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '@helium/model';
import {
  createTinyFolder,
  createTinyModel,
  ggufOptions,
  TINY_LAYOUTS,
  type TinyLayout,
} from '@helium/model/tiny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelGraphs } from './model-graphs.ts';
import { type ScoredPosition, scorePrompt } from './score-prompt.ts';

/** What transformers makes of the same weights: bench/oracle/layouts.ts. */
const GOLDEN = JSON.parse(
  readFileSync(new URL('./testdata/layout-logits.json', import.meta.url), 'utf8'),
) as Record<
  string,
  {
    readonly prompt: number[];
    readonly logits: number[];
    readonly steps: readonly [token: number, logit: number, margin: number][];
  }
>;

const TOLERANCE = 5e-4;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'helium-layouts-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const WRITERS: Readonly<Record<string, (into: string, layout: TinyLayout) => Promise<string>>> = {
  'a Hugging Face folder': (into, { shape, config = {} }) =>
    createTinyFolder(join(into, 'folder'), { ...shape, config }),
  GGUF: (into, layout) => createTinyModel(into, ggufOptions(layout)),
};

describe.each(Object.entries(TINY_LAYOUTS))('exact precision of the layout %s', (name, layout) => {
  const golden = GOLDEN[name]!;

  it.each(Object.keys(WRITERS))('gives the logits of transformers, from %s', async (format) => {
    const path = await WRITERS[format]!(mkdtempSync(join(folder, 'layout-')), layout);
    const scored = await score(path, golden.prompt, golden.steps);
    expect(largestDifference(scored[0]!.logits, golden.logits)).toBeLessThan(TOLERANCE);
    scored.forEach(({ logits }, step) => {
      const [token, logit, margin] = golden.steps[step]!;
      expect(Math.abs(logits[token]! - logit)).toBeLessThan(TOLERANCE);
      if (margin > 1e-3) expect(logits.indexOf(Math.max(...logits))).toBe(token);
    });
  });
});

async function score(
  path: string,
  prompt: readonly number[],
  steps: readonly (readonly [number, number, number])[],
): Promise<readonly ScoredPosition[]> {
  const model = openModel(path);
  const graphs = await openModelGraphs(model, {
    precision: 'exact',
    threads: 1,
    graphFolder: folder,
  });
  const forced = steps.slice(0, -1).map(([token]) => token);
  try {
    return await scorePrompt(
      graphs,
      model.config,
      Int32Array.from(prompt),
      Int32Array.from(forced),
    );
  } finally {
    await graphs.close();
    model.close();
  }
}

function largestDifference(ours: Float64Array, theirs: readonly number[]): number {
  return Math.max(...theirs.map((logit, id) => Math.abs(ours[id]! - logit)));
}
