import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '@helium/model';
import { createTinyModel } from '@helium/model/tiny';
import { InferenceSession } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CachedGraphs, openGraphs } from './cache/graph-cache.ts';
import { prefillStages } from './graph/prefill-stages.ts';
import { PrefillStage, type StageOutput } from './prefill/prefill-stage.ts';
import { LaterSession, openSession, openSessions } from './sessions.ts';
import { streamCoordinates } from './stream-coordinates.ts';
import { TokenEmbedding } from './token-embedding.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'helium-sessions-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('openSessions', () => {
  it('computes offset weights to the bits that onnxruntime makes of int8 ones', async () => {
    const model = openModel(await createTinyModel(folder));
    const { config } = model;
    const tokens = Int32Array.from({ length: 50 }, (_, i) => (i * 37) % config.vocab);
    const coordinates = streamCoordinates(model, 'fast');
    const stream = new TokenEmbedding(model.openEmbedding(), coordinates).rows(tokens);
    const [range] = prefillStages(config);
    const outputs: StageOutput[] = [];
    for (const offsetWeights of [false, true]) {
      const form = { precision: 'fast', offsetWeights, stackedQueries: true } as const;
      const store = { graphFolder: folder, notice: () => undefined };
      const use = { open: async (found: CachedGraphs) => found, close: async () => undefined };
      const graphs = await openGraphs(model, form, store, use);
      // Its own way round saturation, which offset weights do not need.
      const session = offsetWeights ? {} : { x64quantprecision: '1' };
      const options = { intraOpNumThreads: 1, extra: { session } };
      const opened = await InferenceSession.create(graphs.prefill[0]!, options);
      const stage = new PrefillStage(opened, config, range!);
      const input = { keepTokens: 0, added: [], stream, tokens: tokens.length, wanted: 1 };
      outputs.push(await stage.run(input));
      await stage.close();
    }
    expect(outputs[1]).toEqual(outputs[0]);
    model.close();
  });

  it('reports a graph that onnxruntime refuses', async () => {
    const missing = join(folder, 'none.onnx');
    const graphs = { prefill: [missing], decode: missing, head: missing };
    await expect(openSessions(graphs, { threads: 1, device: 'cpu' })).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
    });
  });
});

describe('LaterSession', () => {
  const missing = () => openSession(join(folder, 'none.onnx'), { threads: 1, device: 'cpu' });

  it('opens once, when it is prepared or asked for, and is released after it has opened', async () => {
    const steps: string[] = [];
    const session = { release: async () => void steps.push('released') };
    const later = new LaterSession(async () => {
      steps.push('opens');
      await new Promise((resolve) => setTimeout(resolve, 5));
      steps.push('open');
      return session as never;
    });
    expect(steps).toEqual([]);
    void later.prepare();
    const first = later.get();
    await later.close();
    expect(await first).toBe(session);
    expect(steps).toEqual(['opens', 'open', 'released']);
  });

  it('opens nothing any more once it is closed', async () => {
    const later = new LaterSession(() => expect.fail('was closed'));
    const prepared = expect(later.prepare()).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    await later.close();
    await prepared;
    await expect(later.get()).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });

  it('tells everybody who asks that its graph was refused, and closes', async () => {
    const later = new LaterSession(missing);
    for (const asked of [later.prepare(), later.get(), later.get()])
      await expect(asked).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    await later.close();
  });
});
