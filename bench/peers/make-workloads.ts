import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadSettings } from '@helium/shared/config';
import { contentText } from '@helium/shared/tokenizer';
import { openTokenizer } from '../src/open-tokenizer.ts';
import { cutWorkloads } from './cut-workloads.ts';

/**
 * Writes the prompts that engines are compared on: the texts of the examples as tokens of the default model.
 * usage: make-workloads.ts FILE
 */
const { positionals } = parseArgs({ allowPositionals: true });
const [path] = positionals;
if (path === undefined) {
  process.stderr.write('usage: make-workloads.ts FILE\n');
  process.exit(2);
}
const folder = fileURLToPath(new URL('../../examples/src/texts/', import.meta.url));
const texts = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .sort()
  .map((name) => readFileSync(`${folder}${name}`, 'utf8'));
const { values: settings } = loadSettings({ flags: {}, environment: process.env });
const tokenizer = await openTokenizer(settings);
const tokens = tokenizer.encode(contentText(texts.join('\n\n')));
writeFileSync(path, JSON.stringify(cutWorkloads(tokens)));
process.stderr.write(`${path}: prompts cut from ${tokens.length} tokens\n`);
