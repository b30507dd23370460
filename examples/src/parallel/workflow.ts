import { join, text, workflow } from '@helium/client';

const YEARS = ['y2007', 'y2008', 'y2009', 'y2010', 'y2011', 'y2012'] as const;

/** Seven people who read the same figures for different reasons. */
const EXPERTS = {
  worker: 'a worker who wonders whether jobs are safe',
  employer: 'an employer who plans how many people to hire',
  mayor: 'a mayor whose town lives from this industry',
  banker: 'a banker who lends to this industry',
  student: 'a student who chooses a profession',
  reporter: 'a reporter who looks for the story',
  planner: 'a planner who forecasts the next years',
} as const;

/** Seven experts each over six years, a summary per expert, one writer: 50 calls a row. */
export const parallel = workflow({ name: 'parallel', inputs: ['industry', ...YEARS] }, (w, row) => {
  const views = Object.entries(EXPERTS).map(([id, who]) => {
    const system = `You are ${who}. You read figures of US employment and say in one sentence what they mean to you.`;
    const notes = YEARS.map((year) =>
      w.llm(`${id}.${year}`, { system, user: row[year], maxTokens: 32 }),
    );
    const user = text`Your notes on ${row.industry}, year by year:\n${join(notes)}\n\nSum them up in two sentences.`;
    return text`The ${id}: ${w.llm(`${id}.summary`, { system, user, maxTokens: 48 })}`;
  });
  const report = w.llm('writer', {
    system: 'You write a short report from the views of several people. Three sentences.',
    user: text`Views on ${row.industry}:\n${join(views)}\n\nWrite the report.`,
    maxTokens: 80,
  });
  return { report };
});
