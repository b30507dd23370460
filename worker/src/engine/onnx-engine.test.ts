import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '@helium/model';
import { createTinyModel } from '@helium/model/tiny';
import { createTokenizer } from '@helium/shared/tokenizer';
import { afterAll } from 'vitest';
import { createBatchEngine } from './batch-engine.ts';
import { describeEngine } from './conformance.cases.ts';
import { createOnnxExecutor } from './onnx/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'helium-engine-'));
const modelPath = createTinyModel(folder);

afterAll(() => rmSync(folder, { recursive: true }));

describeEngine({
  name: 'onnx',
  async open(maxBatch) {
    const model = openModel(await modelPath);
    const options = { threads: 1, precision: 'fast', kvMib: 1, contextTokens: 512 } as const;
    const executor = await createOnnxExecutor(model, { ...options, maxBatch, graphFolder: folder });
    const tokenizer = createTokenizer(model.tokenizer);
    model.close();
    return { engine: createBatchEngine(executor, tokenizer), tokenizer };
  },
});
