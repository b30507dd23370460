import { text, workflow } from '@helium/client';
import { ask, askAgain } from '../ask.ts';

const TABLE =
  'US jobs in mining, June of each year, in thousands:\n2001: 520\n2002: 505\n2003: 500';

const EXPERT = {
  system:
    'You answer questions about a table of figures. You name the figures you use. One or two short sentences.',
  shown: {
    ask: `${TABLE}\n\nQuestion: In which year were the fewest jobs counted?`,
    answer: 'The fewest jobs were counted in 2003: 500 thousand.',
  },
};

/** Two people who check an answer, each with an eye of their own. */
const CRITICS = {
  figures: {
    eye: 'You compare every figure in the answer with the table.',
    remark: 'The figure 500 stands in the table for 2003, so the answer is right.',
  },
  question: {
    eye: 'You ask whether the answer fits the question.',
    remark: 'The question asks for a year, and the answer names one.',
  },
} as const;

/** An expert drafts, two critics judge, the expert revises: 4 calls a row. */
export const reflect = workflow({ name: 'reflect', inputs: ['context', 'question'] }, (w, row) => {
  const limits = { maxTokens: 48, stop: ['\n'] };
  const task = text`${row.context}\n\nQuestion: ${row.question}`;
  const asked = ask(EXPERT.system, EXPERT.shown, task);
  const draft = w.llm('draft', { ...asked, ...limits });
  const remarks = Object.entries(CRITICS).map(([id, { eye, remark }]) => {
    const system = `You check answers to questions about a table. ${eye} One sentence.`;
    const shown = { ask: `${EXPERT.shown.ask}\nAnswer: ${EXPERT.shown.answer}`, answer: remark };
    return w.llm(`critic.${id}`, {
      ...ask(system, shown, text`${task}\nAnswer: ${draft}`),
      ...limits,
    });
  });
  const [figures, question] = remarks;
  const again = text`One critic says: ${figures ?? ''}\nAnother says: ${question ?? ''}\nGive your final answer.`;
  return { answer: w.llm('final', { ...askAgain(asked, draft, again), ...limits }) };
});
