import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ModelFile, openModel } from '@helium/model';
import { createTokenizer } from '@helium/shared/tokenizer';
import { openModelGraphs, type Precision, scorePrompt } from '@helium/worker/onnx';
import { oraclePrompts } from './prompts.ts';
import { compareRows, emptyTally, type Tally, verdict } from './tally.ts';

/** Steps compared for each prompt. */
const TOKENS = 64;

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    out: { type: 'string' },
  },
});
if (options.model === undefined || options.out === undefined) {
  console.error('usage: compare.ts --model MODEL.gguf --out FOLDER [--python PYTHON]');
  process.exit(2);
}
const failed = await compare(options.model, options.out, options.python);
process.exit(failed ? 1 : 0);

/** Runs both sides and prints a report; true where a token differs that should not. */
async function compare(modelPath: string, out: string, python: string): Promise<boolean> {
  mkdirSync(out, { recursive: true });
  const model = openModel(modelPath);
  const tokenizer = createTokenizer(model.tokenizer);
  const prompts = oraclePrompts().map((messages) =>
    tokenizer.encode(tokenizer.renderChat(messages)),
  );
  runReference(modelPath, out, python, prompts);
  const continuations = JSON.parse(readFileSync(join(out, 'tokens.json'), 'utf8')) as number[][];
  const lengths = prompts.map((prompt) => prompt.length);
  console.log(
    `${prompts.length} prompts of ${Math.min(...lengths)} to ${Math.max(...lengths)} tokens, ` +
      `${TOKENS} greedy tokens each`,
  );
  let failed = false;
  for (const precision of ['exact', 'fast'] as const) {
    const tally = await score(model, precision, out, prompts, continuations);
    const { lines, passed } = verdict(precision, tally);
    for (const line of lines) console.log(line);
    failed ||= !passed;
  }
  return failed;
}

/** The oracle's answers are kept in `out`, and used again for the same prompts. */
function runReference(
  model: string,
  out: string,
  python: string,
  prompts: readonly Int32Array[],
): void {
  const file = join(out, 'prompts.json');
  const text = JSON.stringify(prompts.map((prompt) => [...prompt]));
  const known = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (known && existsSync(join(out, 'tokens.json'))) return;
  writeFileSync(file, text);
  const script = join(import.meta.dirname, 'reference.py');
  const { status, error } = spawnSync(python, [script, model, file, out, String(TOKENS)], {
    stdio: 'inherit',
  });
  if (status !== 0) throw error ?? new Error(`${python} ${script} ended with ${status}`);
}

/** Teacher-forced along the oracle's tokens, so that one difference does not hide the later ones. */
async function score(
  model: ModelFile,
  precision: Precision,
  out: string,
  prompts: readonly Int32Array[],
  continuations: readonly (readonly number[])[],
): Promise<Tally> {
  const graphFolder = join(out, 'graphs');
  const graphs = await openModelGraphs(model, { precision, threads: 1, graphFolder });
  const reference = openSync(join(out, 'logits.f32'), 'r');
  const row = new Float32Array(model.config.vocab);
  const tally = emptyTally();
  for (const [index, prompt] of prompts.entries()) {
    const tokens = continuations[index]!;
    const forced = Int32Array.from(tokens.slice(0, -1));
    const ours = await scorePrompt(graphs, model.config, prompt, forced);
    ours.forEach(({ logits }, step) => {
      readSync(reference, row, 0, row.byteLength, (index * TOKENS + step) * row.byteLength);
      compareRows(tally, row, logits);
    });
  }
  await graphs.close();
  return tally;
}
