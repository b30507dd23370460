import { join, text, workflow } from '@helium/client';
import { ask } from '../ask.ts';

const YEARS = ['y2007', 'y2008', 'y2009', 'y2010', 'y2011', 'y2012'] as const;

/** Seven people who read the same figures for different reasons, and what they say of a made-up year. */
const EXPERTS = {
  worker: [
    'a worker who wonders whether jobs are safe',
    'a bad year for people like me: fewer jobs every quarter',
  ],
  employer: [
    'an employer who plans how many people to hire',
    'demand is falling, so I would not hire now',
  ],
  mayor: [
    'a mayor whose town lives from this industry',
    'the town loses wages and taxes, and I worry',
  ],
  banker: ['a banker who lends to this industry', 'the risk of new loans has grown'],
  student: ['a student who chooses a profession', 'this is no time to start in this industry'],
  reporter: ['a reporter who looks for the story', 'the story is a slow decline without a crash'],
  planner: ['a planner who forecasts the next years', 'I expect the decline to go on next year'],
} as const;

const NOTE = 'In 2003, mining had, by quarter, 512, 508, 500, 495 thousand jobs.';
const SUMMARY = {
  ask: 'mining: 2003: 17 thousand jobs were lost. 2004: 3 thousand jobs came back.',
  answer: 'Mining lost 17 thousand jobs in 2003 and has won back only a few of them since.',
};
const REPORT = {
  ask: 'mining. worker: Mining lost 17 thousand jobs. banker: The risk of loans has grown. planner: I expect a slow recovery.',
  answer:
    'Mining is recovering slowly from the loss of 17 thousand jobs. Workers feel it most, and banks still see a risk.',
};

/** Seven experts each over six years, a summary per expert, one writer: 50 calls a row. */
export const parallel = workflow({ name: 'parallel', inputs: ['industry', ...YEARS] }, (w, row) => {
  const views = Object.entries(EXPERTS).map(([id, [who, remark]]) => {
    const system = `You are ${who}. You read figures of US employment, by quarter and in thousands, and say in one short sentence what they mean to you.`;
    const shown = { ask: NOTE, answer: `From 512 to 495 thousand jobs: ${remark}.` };
    const notes = YEARS.map((year) => {
      const note = w.llm(`${id}.${year}`, {
        ...ask(system, shown, row[year]),
        maxTokens: 36,
        stop: ['\n'],
      });
      return text`${year.slice(1)}: ${note}`;
    });
    const question = text`${row.industry}: ${join(notes, ' ')}`;
    const summary = w.llm(`${id}.summary`, {
      ...ask(system, SUMMARY, question),
      maxTokens: 48,
      stop: ['\n'],
    });
    return text`${id}: ${summary}`;
  });
  const writer =
    'You write a short report from the views of several people. Two sentences, with the figures that matter.';
  const question = text`${row.industry}. ${join(views, ' ')}`;
  const report = w.llm('writer', { ...ask(writer, REPORT, question), maxTokens: 72, stop: ['\n'] });
  return { report };
});
