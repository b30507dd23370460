import { join, text, workflow } from '@helium/client';

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
  'Answer a multiple-choice question. Say which choice is right and give one short reason. Use at most two sentences.';

/** Fourteen experts answer each question, one summarizer decides: 15 calls a row. */
export const mapReduce = workflow(
  { name: 'map-reduce', inputs: ['subject', 'question', 'choices'] },
  (w, { subject, question, choices }) => {
    const task = text`Question (${subject}): ${question}\nChoices: ${choices}`;
    const answers = Object.entries(EXPERTS).map(([id, who]) => {
      const answer = w.llm(id, { system: `You are ${who}. ${RULES}`, user: task, maxTokens: 40 });
      return text`The ${id} says: ${answer}`;
    });
    const summary = w.llm('summarizer', {
      system:
        'You read the answers of several experts to one question and say which choice most of them support, and the best reason.',
      user: text`${task}\n\n${join(answers)}\n\nWhich choice is right?`,
      maxTokens: 56,
    });
    return { answer: summary };
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

/** Seven experts over a shared table, one summarizer: 8 calls a row. */
export const mapReduceContext = workflow(
  { name: 'map-reduce-context', inputs: ['context', 'question'] },
  (w, { context, question }) => {
    const answers = Object.entries(READERS).map(([id, habit]) => {
      const system = `You answer questions about a table of figures in one or two sentences. ${habit}`;
      const answer = w.llm(id, { system, user: text`${context}\n\n${question}`, maxTokens: 40 });
      return text`- ${answer}`;
    });
    const summary = w.llm('summarizer', {
      system:
        'You read several answers to a question about a table and give the one that fits the table.',
      user: text`${context}\n\n${question}\n\nAnswers:\n${join(answers)}`,
      maxTokens: 48,
    });
    return { answer: summary };
  },
);
