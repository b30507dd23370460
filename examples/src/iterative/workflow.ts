import { type Handle, text, workflow } from '@helium/client';
import { ask } from '../ask.ts';
import { PARTS } from '../texts/read-texts.ts';

const SYSTEM =
  'You summarize a historical text that you are given part by part. You keep one summary of at most two sentences and improve it with each part.';

const SHOWN = {
  ask: 'Summary so far: The king rules badly.\nNext part: Therefore the barons have met in the meadow and written down what the king may not do.',
  answer: 'The king rules badly, so the barons have written down what he may not do.',
};

/** One summary, refined over six parts: 6 calls a row, each waiting for the one before. */
export const iterative = workflow({ name: 'iterative', inputs: ['title', ...PARTS] }, (w, row) => {
  let summary: Handle | undefined;
  for (const part of PARTS) {
    const soFar = summary ?? text`This is ${row.title}.`;
    const question = text`Summary so far: ${soFar}\nNext part: ${row[part]}`;
    summary = w.llm(`summary.${part}`, {
      ...ask(SYSTEM, SHOWN, question),
      maxTokens: 64,
      sampling: { temperature: 0.6, topP: 0.9, topK: 40, seed: 7 },
      stop: ['\n'],
    });
  }
  return { summary: summary ?? row.title };
});
