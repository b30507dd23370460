import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '@helium/model';
import { createTinyModel } from '@helium/model/tiny';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGraphs } from './cache/graph-cache.ts';
import { int8Saturates } from './int8-probe.ts';
import { openPrefillPipeline } from './prefill/open-pipeline.ts';
import { openSessions } from './sessions.ts';
import { streamCoordinates } from './stream-coordinates.ts';
import { TokenEmbedding } from './token-embedding.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'helium-sessions-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('openSessions', () => {
  it('gives the same bits with the kernels that cannot saturate', async () => {
    const model = openModel(await createTinyModel(folder));
    const graphs = openGraphs(model, 'fast', folder, () => undefined);
    const tokens = Int32Array.from({ length: 50 }, (_, i) => (i * 37) % model.config.vocab);
    const results: (readonly Float32Array[])[] = [];
    // The default kernels are only comparable where they do not saturate.
    const kernels = (await int8Saturates()) ? [true, true] : [false, true];
    for (const avoidSaturation of kernels) {
      const coordinates = streamCoordinates(model, 'fast');
      const embedding = new TokenEmbedding(model.openEmbedding(), coordinates);
      const options = { threads: 1, avoidSaturation, device: 'cpu' } as const;
      const pipeline = await openPrefillPipeline(graphs, model.config, embedding, options);
      const { chunk } = await pipeline.start(tokens, []);
      await pipeline.settle();
      results.push(chunk.record.parts);
      await pipeline.close();
    }
    expect(results[1]).toEqual(results[0]);
    model.close();
  });

  it('reports a graph that onnxruntime refuses', async () => {
    const missing = join(folder, 'none.onnx');
    const graphs = { prefill: [missing], decode: missing, head: missing };
    await expect(
      openSessions(graphs, { threads: 1, avoidSaturation: false, device: 'cpu' }),
    ).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });
});
