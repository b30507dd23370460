import { type Handle, text, workflow } from '@helium/client';
import { PARTS } from '../texts/read-texts.ts';

const SYSTEM =
  'You summarize a historical text that you are given part by part. Keep one summary of at most three sentences and improve it with each part.';

/** One summary, refined over six parts: 6 calls a row, each waiting for the one before. */
export const iterative = workflow({ name: 'iterative', inputs: ['title', ...PARTS] }, (w, row) => {
  let summary: Handle | undefined;
  for (const part of PARTS) {
    const soFar = summary === undefined ? '' : text`The summary so far: ${summary}\n\n`;
    const user = text`The text is ${row.title}.\n${soFar}The ${part} part:\n${row[part]}\n\nWrite the summary.`;
    summary = w.llm(`summary.${part}`, { system: SYSTEM, user, maxTokens: 72 });
  }
  return { summary: summary ?? row.title };
});
