import { join, text, workflow } from '@helium/client';
import { ask, askAgain } from '../ask.ts';

const QUESTION =
  'Question (physics): What falls faster on the Moon?\nChoices: A) a feather  B) a hammer  C) both the same';

/** Three ways to argue, each with what it would say to the question above. */
const DEBATERS = {
  logic: {
    habit: 'You argue step by step.',
    answer: 'C, because without air only gravity acts, and it acts on both alike.',
  },
  evidence: {
    habit: 'You argue from facts and examples.',
    answer: 'C, because an astronaut dropped both and they landed together.',
  },
  doubt: {
    habit: 'You look for the weak point of every answer.',
    answer: 'C, although on the Earth the hammer would win.',
  },
} as const;

/** Three agents answer, hear each other and answer again: 6 calls a row. */
export const debate = workflow(
  { name: 'debate', inputs: ['subject', 'question', 'choices'] },
  (w, { subject, question, choices }) => {
    const task = text`Question (${subject}): ${question}\nChoices: ${choices}`;
    const limits = { maxTokens: 48, stop: ['\n'] };
    const agents = Object.entries(DEBATERS).map(([id, { habit, answer }]) => {
      const system = `You take part in a friendly debate about multiple-choice questions. ${habit} You name one choice and give one reason.`;
      const chat = ask(system, { ask: QUESTION, answer }, task);
      return { id, chat, first: w.llm(`${id}.first`, { ...chat, ...limits }) };
    });
    const positions = agents.map(({ id, chat, first }) => {
      const others = agents
        .filter((other) => other.id !== id)
        .map((other) => text`Somebody says: ${other.first}`);
      const again = text`${join(others)}\nDo you stay with your choice? Name one choice and give one reason.`;
      return text`${id}: ${w.llm(`${id}.second`, { ...askAgain(chat, first, again), ...limits })}`;
    });
    return { positions: w.format('positions', join(positions)) };
  },
);
