import { fileURLToPath } from 'node:url';
import type { Example } from '../example.ts';
import { tradingRows } from './rows.ts';
import { trading } from './workflow.ts';

export const tradingExample: Example = {
  workflow: trading,
  description:
    'four analysts, a debate, eight traders with risk panels, one decision per stock (88 calls a row)',
  rows: tradingRows,
  functions: [fileURLToPath(new URL('./functions.ts', import.meta.url))],
};
