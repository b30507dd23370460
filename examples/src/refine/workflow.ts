import { startsWith, text, workflow } from '@helium/client';
import { ask, askAgain } from '../ask.ts';

const TABLE =
  'US jobs in mining, June of each year, in thousands:\n2001: 520\n2002: 505\n2003: 500';
const TASK = `${TABLE}\n\nQuestion: In which year were the fewest jobs counted?`;

const EXPERT = {
  system:
    'You answer questions about a table of figures. You name the figures you use. One or two short sentences.',
  shown: { ask: TASK, answer: 'The fewest jobs were counted in 2003: 500 thousand.' },
};

const CRITIC =
  'You check answers to questions about a table. You write ACCEPT, or REVISE and what to change.';

/** What the critic says of an answer without figures, and of a good one. */
const REFUSED = {
  ask: `${TASK}\nAnswer: It was a bad year for miners.`,
  answer: 'REVISE: name the year and the figure.',
};
const ACCEPTED = {
  ask: `${TASK}\nAnswer: ${EXPERT.shown.answer}`,
  answer: 'ACCEPT',
};

/**
 * An expert drafts; a critic accepts or sends the draft back, at most three times: 2 calls a row where the
 * first draft is accepted, up to 7 where none is.
 */
export const refine = workflow({ name: 'refine', inputs: ['context', 'question'] }, (w, row) => {
  const limits = { maxTokens: 48, stop: ['\n'] };
  const task = text`${row.context}\n\nQuestion: ${row.question}`;
  const asked = ask(EXPERT.system, EXPERT.shown, task);
  const first = w.llm('draft', { ...asked, ...limits });
  const answer = w.loop('rounds', { start: { draft: first }, max: 3 }, ({ draft }, round) => {
    const judged = text`${task}\nAnswer: ${draft}`;
    const asksCritic = askAgain(ask(CRITIC, REFUSED, ACCEPTED.ask), ACCEPTED.answer, judged);
    const verdict = round.llm('verdict', { ...asksCritic, maxTokens: 32, stop: ['\n'] });
    const isAccepted = startsWith(verdict, 'accept', { ignoreCase: true });
    const kept = round.cond('kept', isAccepted, {
      yes: () => draft,
      no: (branch) => {
        const again = text`A critic says: ${verdict}\nGive your answer again, better.`;
        return branch.llm('revision', { ...askAgain(asked, draft, again), ...limits });
      },
    });
    return { next: { draft: kept }, result: kept, until: isAccepted };
  });
  return { answer };
});
