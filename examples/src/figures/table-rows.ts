import { employment } from './read-figures.ts';

const YEARS = [2007, 2008, 2009, 2010, 2011, 2012] as const;

const INDUSTRIES: Readonly<Record<string, string>> = {
  construction: 'construction',
  manufacturing: 'manufacturing',
  retail_trade: 'retail trade',
  information: 'information businesses',
  education_and_health_services: 'education and health services',
  leisure_and_hospitality: 'leisure and hospitality',
};

const QUESTIONS = [
  'In which year were the most jobs counted?',
  'In which year were the fewest jobs counted?',
  'Did the industry have more or fewer jobs at the end than at the beginning?',
  'How many jobs were lost or gained between the first and the last year?',
  'Which year brought the largest change against the year before?',
  'What would you expect for the next year, and why?',
];

/** A table of US employment of one industry with each of six questions about it; one question a row. */
export async function tableQuestionRows(count = 4): Promise<Record<string, string>[]> {
  const rows: Record<string, string>[] = [];
  for (const [column, name] of Object.entries(INDUSTRIES)) {
    const context = await table(column, name);
    for (const question of QUESTIONS) rows.push({ context, question });
  }
  return rows.slice(0, count);
}

/** One industry a row, with a paragraph of monthly figures per year. */
export async function industryRows(count = 2): Promise<Record<string, string>[]> {
  const chosen = Object.entries(INDUSTRIES).slice(0, count);
  return Promise.all(
    chosen.map(async ([column, industry]) => {
      const points = await employment(column);
      const years = YEARS.map((year) => {
        const values = points.filter((p) => Math.floor(p.month / 12) === year).map((p) => p.value);
        const figures = values.filter((_, i) => i % 3 === 0).join(', ');
        return [`y${year}`, `In ${year}, ${industry} had, by quarter, ${figures} thousand jobs.`];
      });
      return { industry, ...Object.fromEntries(years) };
    }),
  );
}

async function table(column: string, name: string): Promise<string> {
  const points = await employment(column);
  const lines = YEARS.map((year) => {
    const june = points.find((p) => p.month === year * 12 + 5);
    return `${year}: ${june?.value ?? 'unknown'}`;
  });
  return `US jobs in ${name}, June of each year, in thousands:\n${lines.join('\n')}`;
}
