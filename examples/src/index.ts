import { debate } from './debate/workflow.ts';
import type { Example } from './example.ts';
import { industryRows, tableQuestionRows } from './figures/table-rows.ts';
import { iterative } from './iterative/workflow.ts';
import { mapReduce, mapReduceContext } from './map-reduce/workflow.ts';
import { parallel } from './parallel/workflow.ts';
import { refine } from './refine/workflow.ts';
import { reflect } from './reflect/workflow.ts';
import { research } from './research/workflow.ts';
import { documentRows, questionRows } from './texts/read-texts.ts';
import { tradingExample } from './trading/index.ts';

export type { Example } from './example.ts';

/**
 * What can be run by name: the paper's six workflows, map-reduce in its two forms, and two whose calls are
 * decided while they run.
 */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  'map-reduce': {
    workflow: mapReduce,
    description: 'fourteen experts answer a question, one summarizer decides (15 calls a row)',
    rows: questionRows,
    functions: [],
  },
  'map-reduce-context': {
    workflow: mapReduceContext,
    description: 'seven experts over a shared table, one summarizer (8 calls a row)',
    rows: tableQuestionRows,
    functions: [],
  },
  debate: {
    workflow: debate,
    description: 'three agents debate a question over two rounds (6 calls a row)',
    rows: questionRows,
    functions: [],
  },
  reflect: {
    workflow: reflect,
    description: 'a draft, two critics, a revision (4 calls a row)',
    rows: tableQuestionRows,
    functions: [],
  },
  iterative: {
    workflow: iterative,
    description: 'a summary refined over six parts of a text (6 calls a row)',
    rows: documentRows,
    functions: [],
  },
  parallel: {
    workflow: parallel,
    description:
      'seven experts each over six years, a summary per expert, one writer (50 calls a row)',
    rows: industryRows,
    functions: [],
  },
  trading: tradingExample,
  research: {
    workflow: research,
    description:
      'a planner splits a question, each part is answered, a writer decides (3 to 5 calls a row)',
    rows: questionRows,
    functions: [],
  },
  refine: {
    workflow: refine,
    description:
      'a draft refined until a critic accepts, three rounds at most (2 to 7 calls a row)',
    rows: tableQuestionRows,
    functions: [],
  },
};
