import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '@helium/model';
import { createTinyFolder, TINY_LAYOUTS, type TinyLayout } from '@helium/model/tiny';
import { type Device, offeredDevices, openModelGraphs, scorePrompt } from '@helium/worker/onnx';

/** What transformers makes of the tiny models: see layouts.ts. */
const GOLDEN = JSON.parse(
  readFileSync(
    new URL('../../worker/src/engine/onnx/testdata/layout-logits.json', import.meta.url),
    'utf8',
  ),
) as Record<string, { prompt: number[]; logits: number[]; steps: [number, number, number][] }>;

/** One of each form of graph; the other layouts differ in sizes and tables alone. */
const LAYOUTS = ['SmolLM2 135M', 'Qwen2', 'Qwen3 with biases'];

/** Logits of a device may differ by more than a CPU's: other kernels, other orders of sums. */
const TOLERANCE = 5e-3;

const folder = mkdtempSync(join(tmpdir(), 'helium-devices-'));
let failed = false;
try {
  for (const device of offeredDevices()) failed = (await check(device)) || failed;
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(failed ? 1 : 0);

/** Prints how far the device's logits are from the golden ones; true where they are too far. */
async function check(device: Device): Promise<boolean> {
  let largest = 0;
  let wrong = 0;
  try {
    for (const name of LAYOUTS) {
      const { difference, differing } = await compare(device, name, TINY_LAYOUTS[name]!);
      largest = Math.max(largest, difference);
      wrong += differing;
    }
  } catch (error) {
    console.log(`${device}: ${(error as Error).message}`);
    return false;
  }
  console.log(
    `${device}: ${LAYOUTS.length} layouts, largest logit difference ${largest.toExponential(1)}, ` +
      `${wrong} greedy tokens with a margin above ${TOLERANCE} differ`,
  );
  return largest > TOLERANCE || wrong > 0;
}

async function compare(device: Device, name: string, { shape, config = {} }: TinyLayout) {
  const golden = GOLDEN[name]!;
  const model = openModel(await createTinyFolder(join(folder, name), { ...shape, config }));
  const graphs = await openModelGraphs(model, {
    precision: 'exact',
    threads: 1,
    graphFolder: folder,
    device,
  });
  try {
    const forced = golden.steps.slice(0, -1).map(([token]) => token);
    const scored = await scorePrompt(
      graphs,
      model.config,
      Int32Array.from(golden.prompt),
      Int32Array.from(forced),
    );
    const first = golden.logits.map((logit, id) => Math.abs(scored[0]!.logits[id]! - logit));
    const later = golden.steps.map(([token, logit], step) =>
      Math.abs(scored[step]!.logits[token]! - logit),
    );
    const differing = golden.steps.filter(([token, , margin], step) => {
      const { logits } = scored[step]!;
      return margin > TOLERANCE && logits.indexOf(Math.max(...logits)) !== token;
    });
    return { difference: Math.max(...first, ...later), differing: differing.length };
  } finally {
    await graphs.close();
    model.close();
  }
}
