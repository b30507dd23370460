import { readFile } from 'node:fs/promises';
import { parseRows } from '@helium/client';

/** Parts in which the long texts are read. */
export const PARTS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'] as const;

const DOCUMENTS = {
  declaration: 'The Declaration of Independence',
  'second-inaugural': "Lincoln's Second Inaugural Address",
  gettysburg: "Lincoln's Gettysburg Address",
} as const;

/** The texts, one row each: `title` and one column per part. */
export async function documentRows(count = 2): Promise<Record<string, string>[]> {
  const files = Object.entries(DOCUMENTS).slice(0, count);
  return Promise.all(
    files.map(async ([file, title]) => {
      const passages = (await readText(`${file}.txt`)).trim().split(/\n\n+/);
      const parts = PARTS.map((part, i) => [part, passages[i] ?? '']);
      return { title, ...Object.fromEntries(parts) };
    }),
  );
}

/** Multiple-choice questions, one a row. */
export async function questionRows(count = 4): Promise<Record<string, string>[]> {
  return parseRows(await readText('questions.jsonl'), 'questions.jsonl').slice(0, count);
}

function readText(file: string): Promise<string> {
  return readFile(new URL(`./${file}`, import.meta.url), 'utf8');
}
