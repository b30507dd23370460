import { listOf, text, workflow } from '@helium/client';
import { ask } from '../ask.ts';

const QUESTION = 'Question (physics): What falls faster on the Moon?';
const CHOICES = 'Choices: A) a feather  B) a hammer  C) both the same';

const PLANNER =
  'You prepare the answer to a question. You write down two or three short questions whose answers help to find it, each on a line of its own.';
const PLANNED = {
  ask: QUESTION,
  answer:
    '1. Is there air on the Moon?\n2. What slows a feather down?\n3. Does gravity pull heavy things faster?',
};

const EXPERT = 'You answer a question in one short sentence with the facts you know.';
const ANSWERED = {
  ask: `${QUESTION}\nFirst of all: Is there air on the Moon?`,
  answer: 'No, there is no air on the Moon.',
};

const WRITER =
  'You answer multiple-choice questions from notes: you name one choice and give one short reason.';
const WRITTEN = {
  ask: `${QUESTION}\n${CHOICES}\nNotes:\n- Is there air on the Moon? No, there is no air on the Moon.\n- What slows a feather down? The air does.`,
  answer: 'C, because without air both fall alike.',
};

/**
 * A planner splits a question, each part is answered, a writer decides: 2 calls a row and one for each
 * part that the planner found.
 */
export const research = workflow(
  { name: 'research', inputs: ['subject', 'question', 'choices'] },
  (w, { subject, question, choices }) => {
    const task = text`Question (${subject}): ${question}`;
    const plan = w.llm('plan', { ...ask(PLANNER, PLANNED, task), maxTokens: 60 });
    const parts = listOf(plan, { as: 'bullets', max: 3, overflow: 'truncate' });
    const notes = w.map('notes', parts, (part, inner) => {
      const first = text`${task}\nFirst of all: ${part}`;
      const chat = ask(EXPERT, ANSWERED, first);
      const answer = inner.llm('answer', { ...chat, maxTokens: 40, stop: ['\n'] });
      return inner.format('note', text`- ${part} ${answer}`);
    });
    const all = text`${task}\nChoices: ${choices}\nNotes:\n${notes}`;
    const decided = ask(WRITER, WRITTEN, all);
    return { notes, answer: w.llm('writer', { ...decided, maxTokens: 48, stop: ['\n'] }) };
  },
);
