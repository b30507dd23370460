import type { ChatMessage } from '@helium/shared';

const QUESTIONS = [
  'What is the capital of France?',
  'Explain in two sentences why the sky is blue.',
  'Write a haiku about the sea in winter.',
  'List three uses of copper.',
  'Translate "good morning, my friend" into Spanish.',
  'What is 17 + 25? Show the steps.',
  'Give me a recipe for pancakes.',
  'Who wrote "Pride and Prejudice", and when?',
  'Write a short story that begins with: The lamp went out.',
  'Name the planets of the solar system in order.',
  'What does a compiler do?',
  'Describe the water cycle to a child.',
] as const;

const ROLES = [
  'You are a patient teacher. Answer in simple words.',
  'You are an analyst at a bank. Weigh risks before chances, and end with a recommendation.',
  'You are a poet who distrusts adjectives.',
] as const;

const REPORT = [
  'The harbour handled 41,200 containers in March, 6 percent more than a year before.',
  'Two of the five cranes were out of service for nine days because of a gearbox fault.',
  'Waiting time at the gate rose from 34 to 52 minutes, mostly between six and nine in the morning.',
  'The night shift moved a third of the volume with a fifth of the staff.',
  'Exports of timber fell by half, after the mill upriver had closed for repairs.',
  'Insurance for the new quay was renewed at a premium 11 percent higher.',
  'The board approved a second rail spur, to be finished within eighteen months.',
  'Three ships were diverted to the southern port during the storm on the 14th.',
] as const;

/** Prompts of 20 to some 600 tokens: plain questions, questions with a role, and with a report. */
export function oraclePrompts(): readonly (readonly ChatMessage[])[] {
  const plain = QUESTIONS.map((content): ChatMessage[] => [{ role: 'user', content }]);
  const withRole = ROLES.flatMap((role, i) =>
    [QUESTIONS[i]!, QUESTIONS[i + 6]!].map((content): ChatMessage[] => [
      { role: 'system', content: role },
      { role: 'user', content },
    ]),
  );
  const withReport = [1, 2, 3, 4, 5, 6].map((repeats, i): ChatMessage[] => {
    const lines = Array.from(
      { length: 3 * repeats },
      (_, n) => REPORT[(n * 3 + i) % REPORT.length],
    );
    const text = lines.map((line, n) => `${n + 1}. ${line}`).join('\n');
    return [
      { role: 'system', content: ROLES[i % ROLES.length]! },
      { role: 'user', content: `${text}\n\nSummarise this report in three sentences.` },
    ];
  });
  return [...plain, ...withRole, ...withReport];
}
