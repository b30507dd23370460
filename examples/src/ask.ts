import type { Text } from '@helium/client';

/** A conversation up to the answer that is wanted next. */
export interface Chat {
  readonly system: string;
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: Text }[];
}

/** An exchange that shows a small model the form of a good answer; static, so computed once. */
export interface Shown {
  readonly ask: string;
  readonly answer: string;
}

/** A question to somebody, after an exchange that shows what an answer looks like. */
export function ask(system: string, shown: Shown, question: Text): Chat {
  return {
    system,
    messages: [
      { role: 'user', content: shown.ask },
      { role: 'assistant', content: shown.answer },
      { role: 'user', content: question },
    ],
  };
}

/** The conversation goes on: what was answered, and the next question. */
export function askAgain(chat: Chat, answer: Text, question: Text): Chat {
  const more = [
    { role: 'assistant', content: answer },
    { role: 'user', content: question },
  ] as const;
  return { ...chat, messages: [...chat.messages, ...more] };
}
