import { text, workflow } from '@helium/client';

/** An expert drafts, two critics judge, the expert revises: 4 calls a row. */
export const reflect = workflow(
  { name: 'reflect', inputs: ['context', 'question'] },
  (w, { context, question }) => {
    const task = text`${context}\n\nQuestion: ${question}`;
    const expert =
      'You answer questions about a table of figures. Name the numbers you use. At most two sentences.';
    const draft = w.llm('draft', { system: expert, user: task, maxTokens: 48 });
    const critics = (['numbers', 'wording'] as const).map((eye) => {
      const system = `You check answers to questions about a table. You look at the ${eye} only. Say in one sentence what is right or wrong.`;
      return w.llm(`critic.${eye}`, {
        system,
        user: text`${task}\n\nAnswer: ${draft}`,
        maxTokens: 40,
      });
    });
    const final = w.llm('final', {
      system: expert,
      messages: [
        { role: 'user', content: task },
        { role: 'assistant', content: draft },
        {
          role: 'user',
          content: text`One critic says: ${critics[0] ?? ''}\nAnother says: ${critics[1] ?? ''}\nGive your final answer.`,
        },
      ],
      maxTokens: 48,
    });
    return { answer: final };
  },
);
