import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  createTinyFolder,
  createTinyModel,
  ggufOptions,
  TINY_LAYOUTS,
  TINY_STORED,
  type TinyLayout,
} from '@helium/model/tiny';
import { createPrng } from '@helium/shared';

/** Tokens of a prompt: beyond one grid block, and beyond the first context of scaled rope. */
const PROMPT = 90;
/** Ids that every tiny model has. */
const VOCAB = 300;

const GOLDEN = new URL('../../worker/src/engine/onnx/testdata/layout-logits.json', import.meta.url);

const { values: options } = parseArgs({ options: { python: { type: 'string' } } });
if (options.python === undefined) {
  console.error(
    'usage: layouts.ts --python PYTHON   (writes the golden logits that layouts.test.ts checks)',
  );
  process.exit(2);
}
await writeGolden(options.python);

/** What layouts.py is asked of one layout. */
interface Request {
  readonly folder: string | null;
  /** The weights as GGUF, where transformers reads all that such a file says. */
  readonly gguf: string | null;
  readonly prompt: readonly number[];
}

async function makeRequest(into: string, layout: TinyLayout, seed: number): Promise<Request> {
  const { shape, config = {} } = layout;
  const readsAll =
    shape.ropeScaling === undefined && shape.attentionBias !== 'qkvo' && !shape.headNorms;
  return {
    folder: await createTinyFolder(into, { ...shape, config }),
    gguf: readsAll ? await createTinyModel(`${into}-gguf`, ggufOptions(layout)) : null,
    prompt: makePrompt(seed),
  };
}

function makePrompt(seed: number): number[] {
  const random = createPrng(seed);
  return Array.from({ length: PROMPT }, () => Math.floor(random() * VOCAB));
}

/** Makes each layout, asks transformers for its logits, and keeps them with the prompts. */
async function writeGolden(python: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'helium-layouts-'));
  try {
    const requests: Record<string, Request> = {};
    for (const [index, [name, layout]] of Object.entries(TINY_LAYOUTS).entries()) {
      requests[name] = await makeRequest(join(folder, String(index)), layout, index + 1);
    }
    for (const [storage, options] of Object.entries(TINY_STORED)) {
      const gguf = await createTinyModel(join(folder, storage), options);
      requests[storage] = { folder: null, gguf, prompt: makePrompt(100) };
    }
    const [asked, answered] = ['requests.json', 'answers.json'].map((name) => join(folder, name));
    writeFileSync(asked!, JSON.stringify(requests));
    const script = join(import.meta.dirname, 'layouts.py');
    const { status, error } = spawnSync(python, [script, asked!, answered!], { stdio: 'inherit' });
    if (status !== 0) throw error ?? new Error(`${python} ${script} ended with ${status}`);
    const answers = JSON.parse(readFileSync(answered!, 'utf8')) as Record<string, object>;
    const lines = Object.entries(answers).map(
      ([name, answer]) =>
        `  ${JSON.stringify(name)}: ${JSON.stringify({ prompt: requests[name]!.prompt, ...answer })}`,
    );
    writeFileSync(GOLDEN, `{\n${lines.join(',\n')}\n}\n`);
    console.log(`${lines.length} models`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
