import { join, text, workflow } from '@helium/client';

const DEBATERS = {
  logic: 'You argue from logic, step by step.',
  evidence: 'You argue from facts and examples.',
  doubt: 'You look for the weak point of every answer, your own included.',
} as const;

/** Three agents answer, hear each other and answer again: 6 calls a row and a summary of the votes. */
export const debate = workflow(
  { name: 'debate', inputs: ['subject', 'question', 'choices'] },
  (w, { subject, question, choices }) => {
    const task = text`Question (${subject}): ${question}\nChoices: ${choices}\nSay which choice is right, and why, in two sentences.`;
    const agents = Object.entries(DEBATERS).map(([id, habit]) => {
      const system = `You take part in a friendly debate about multiple-choice questions. ${habit}`;
      return { id, system, first: w.llm(`${id}.first`, { system, user: task, maxTokens: 48 }) };
    });
    const second = agents.map(({ id, system, first }) => {
      const others = agents
        .filter((other) => other.id !== id)
        .map((other) => text`Another debater says: ${other.first}`);
      const closing = text`${join(others)}\nHaving heard them, give your final answer in two sentences.`;
      const messages = [
        { role: 'user', content: task },
        { role: 'assistant', content: first },
        { role: 'user', content: closing },
      ] as const;
      return text`${id}: ${w.llm(`${id}.second`, { system, messages, maxTokens: 48 })}`;
    });
    return { positions: w.format('positions', join(second, '\n')) };
  },
);
