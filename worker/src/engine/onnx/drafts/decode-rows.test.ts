import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '@helium/model';
import { createTinyModel } from '@helium/model/tiny';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { driveCalls } from '../executor-driver.fixture.ts';
import type { ModelGraphs } from '../model-graphs.ts';
import { createOnnxExecutor } from '../onnx-executor.ts';

/** Two tokens over and over, and as much of them again to come. */
const CALL = { prompt: Array.from({ length: 40 }, (_, i) => 10 + (i % 2)), outputTokens: 40 };

async function open(promptLookup: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'helium-drafts-'));
  const model = openModel(await createTinyModel(folder));
  const settings = { threads: 1, maxBatch: 4, kvMib: 4, contextTokens: 0, graphFolder: folder };
  const executor = await createOnnxExecutor(model, {
    ...settings,
    precision: 'fast',
    promptLookup,
  });
  onTestFinished(async () => {
    await executor.close();
    model.close();
    rmSync(folder, { recursive: true });
  });
  const { runner } = (executor as unknown as { graphs: ModelGraphs }).graphs;
  return { executor, decode: vi.spyOn(runner, 'decode'), runner };
}

const widthsOf = ({ mock }: Awaited<ReturnType<typeof open>>['decode']) =>
  mock.calls.map(([rows]) => Math.max(...rows.map(({ length }) => length)));

describe('decodeRows', () => {
  it('takes fewer steps than a sequence has tokens, for the same tokens', async () => {
    const plain = await open(false);
    const expected = await driveCalls(plain.executor, [CALL]);
    expect(widthsOf(plain.decode)).toEqual(Array(CALL.outputTokens - 1).fill(1));
    const guessing = await open(true);
    expect(await driveCalls(guessing.executor, [CALL])).toEqual(expected);
    expect(guessing.decode.mock.calls.length).toBeLessThan(CALL.outputTokens / 2);
    expect(Math.max(...widthsOf(guessing.decode))).toBeGreaterThan(2);
  });

  it('computes a step without guesses where one of them comes to no number', async () => {
    const { executor, decode, runner } = await open(true);
    const expected = await driveCalls(executor, [CALL]);
    const sound = decode.getMockImplementation() ?? Object.getPrototypeOf(runner).decode;
    decode.mockClear();
    decode.mockImplementation(async (tokens, slab) => {
      const output = await sound.call(runner, tokens, slab);
      if (output.rows.width > 1) output.head.hidden.fill(Number.NaN);
      return output;
    });
    expect(await driveCalls(executor, [CALL])).toEqual(expected);
    const widths = widthsOf(decode);
    expect(widths.filter((width) => width === 1)).toHaveLength(CALL.outputTokens - 1);
    expect(widths.filter((width) => width > 1).length).toBeGreaterThan(0);
  });
});
