import { createTokenizer } from '@helium/shared/tokenizer';
import { describeEngine } from '../conformance.cases.ts';
import { createSimEngine } from './create-sim-engine.ts';

describeEngine({
  name: 'sim',
  async open(maxBatch) {
    const limits = { maxBatch, kvTokens: 2048, contextTokens: 512 };
    const { engine, tokenizerSpec } = createSimEngine({ limits, outputTokensMean: 20 });
    return { engine, tokenizer: createTokenizer(tokenizerSpec) };
  },
});
