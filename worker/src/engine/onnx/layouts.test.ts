import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '@helium/model';
import {
  createTinyFolder,
  createTinyModel,
  ggufOptions,
  TINY_LAYOUTS,
  TINY_STORED,
  type TinyLayout,
} from '@helium/model/tiny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelGraphs } from './model-graphs.ts';
import { type ScoredPosition, scorePrompt } from './score-prompt.ts';

interface Golden {
  readonly prompt: number[];
  readonly logits: number[];
  readonly steps: readonly (readonly [token: number, logit: number, margin: number])[];
}

/** What transformers makes of the same weights: bench/oracle/layouts.ts. */
const GOLDEN = JSON.parse(
  readFileSync(new URL('./testdata/layout-logits.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Golden>>;

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
  it.each(Object.keys(WRITERS))('gives the logits of transformers, from %s', async (format) => {
    const path = await WRITERS[format]!(mkdtempSync(join(folder, 'layout-')), layout);
    await expectGolden(path, GOLDEN[name]!);
  });
});

describe.each(Object.entries(TINY_STORED))('exact precision of %s weights', (storage, options) => {
  it('gives the logits of transformers on what gguf-py makes of them', async () => {
    const path = await createTinyModel(mkdtempSync(join(folder, 'stored-')), options);
    await expectGolden(path, GOLDEN[storage]!);
  });
});

async function expectGolden(path: string, golden: Golden): Promise<void> {
  const scored = await score(path, golden.prompt, golden.steps);
  expect(largestDifference(scored[0]!.logits, golden.logits)).toBeLessThan(TOLERANCE);
  scored.forEach(({ logits }, step) => {
    const [token, logit, margin] = golden.steps[step]!;
    expect(Math.abs(logits[token]! - logit)).toBeLessThan(TOLERANCE);
    if (margin > 1e-3) expect(logits.indexOf(Math.max(...logits))).toBe(token);
  });
}

async function score(
  path: string,
  prompt: readonly number[],
  steps: Golden['steps'],
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
