import { join, text, workflow } from '@helium/client';
import { ask } from '../ask.ts';

/** Fourteen people with different eyes for a question. */
const EXPERTS = {
  teacher: 'a teacher who explains things simply',
  physicist: 'a physicist who thinks in causes and measures',
  biologist: 'a biologist who thinks of living things',
  historian: 'a historian who asks how it came about',
  lawyer: 'a lawyer who reads every word of the question',
  doctor: 'a doctor who looks for the likeliest cause',
  engineer: 'an engineer who wants what works',
  economist: 'an economist who thinks of incentives',
  mathematician: 'a mathematician who checks each step',
  philosopher: 'a philosopher who questions the premises',
  journalist: 'a journalist who wants the plain facts',
  farmer: 'a farmer with much practical sense',
  skeptic: 'a skeptic who rules out the wrong answers first',
  student: 'a bright student who has just learned the subject',
} as const;

const RULES =
  'You answer multiple-choice questions: you name one choice and give one short reason.';

const SHOWN = {
  ask: 'Question (physics): What falls faster on the Moon?\nChoices: A) a feather  B) a hammer  C) both the same',
  answer: 'C, because without air both fall alike.',
};

const SUMMED_UP = {
  ask: `${SHOWN.ask}\nThe teacher says: C, because without air both fall alike.\nThe farmer says: B, because it is heavier.\nThe physicist says: C, because gravity acts on both alike.`,
  answer: 'Most say C, and their reason holds: without air both fall alike.',
};

/** Fourteen experts answer each question, one summarizer decides: 15 calls a row. */
export const mapReduce = workflow(
  { name: 'map-reduce', inputs: ['subject', 'question', 'choices'] },
  (w, { subject, question, choices }) => {
    const task = text`Question (${subject}): ${question}\nChoices: ${choices}`;
    const answers = Object.entries(EXPERTS).map(([id, who]) => {
      const chat = ask(`${RULES} You are ${who}.`, SHOWN, task);
      return text`The ${id} says: ${w.llm(id, { ...chat, maxTokens: 40, stop: ['\n'] })}`;
    });
    const chat = ask(
      'You read what several people answer to a question and say which choice has the best support, and why.',
      SUMMED_UP,
      text`${task}\n${join(answers)}`,
    );
    return { answer: w.llm('summarizer', { ...chat, maxTokens: 56, stop: ['\n'] }) };
  },
);

/** Seven ways to read a table. */
const READERS = {
  careful: 'You read every number twice.',
  quick: 'You see the main point at once.',
  trend: 'You look for what rises and what falls.',
  compare: 'You compare the first with the last.',
  doubt: 'You ask what the numbers do not show.',
  plain: 'You explain it to somebody who dislikes numbers.',
  expert: 'You know the labor market well.',
} as const;

const TABLE = {
  ask: 'US jobs in mining, June of each year, in thousands:\n2001: 520\n2002: 505\n2003: 500\n\nIn which year were the most jobs counted?',
  answer: 'The most jobs were counted in 2001: 520 thousand.',
};

const AGREED = {
  ask: `${TABLE.ask}\n- In 2001.\n- In 2001, with 520 thousand.\n- In 2002.`,
  answer: 'In 2001, with 520 thousand; two of three answers say so, and the table agrees.',
};

/** Seven experts over a shared table, one summarizer: 8 calls a row. */
export const mapReduceContext = workflow(
  { name: 'map-reduce-context', inputs: ['context', 'question'] },
  (w, { context, question }) => {
    const task = text`${context}\n\n${question}`;
    const answers = Object.entries(READERS).map(([id, habit]) => {
      const system = `You answer questions about a table of figures in one or two short sentences. ${habit}`;
      const answer = w.llm(id, { ...ask(system, TABLE, task), maxTokens: 40, stop: ['\n'] });
      return text`- ${answer}`;
    });
    const system =
      'You read several answers to a question about a table and give the one that fits the table.';
    const chat = ask(system, AGREED, text`${task}\n${join(answers)}`);
    return { answer: w.llm('summarizer', { ...chat, maxTokens: 48, stop: ['\n'] }) };
  },
);
