import { type Handle, join, type Text, text, workflow } from '@helium/client';
import { DESKS, RISKS, STYLES } from './people.ts';

const HOUSE = text`
  You work for a small investment fund that decides once a month whether to buy, hold or sell a stock.
  Use only the figures you are given. Be concrete and brief: two short sentences, plain words, no lists.
`;

/** Four analysts, a debate, eight traders each judged by three risk analysts, one decision: 88 calls a row. */
export const trading = workflow(
  { name: 'trading', inputs: ['ticker', 'date', 'prices', 'index', 'jobs', 'technology'] },
  (w, row) => {
    const persona = (who: string) => text`${HOUSE}\n${who}`;
    const stock = text`The stock is ${row.ticker}. It is ${row.date}.`;

    const reports = Object.entries(DESKS).map(([desk, { about, docs }]) => {
      const system = persona(`You are the analyst for ${about}.`);
      const notes = Object.entries(docs).map(([doc, columns]) => {
        const args = Object.fromEntries(
          (columns as readonly (keyof typeof row)[]).map((column) => [column, row[column]]),
        );
        const figures = w.fn(`figures.${doc}`, `trading.${doc}`, args);
        return w.llm(`${desk}.${doc}`, {
          system,
          user: text`Figures: ${figures}\nWhat do these figures say?`,
          maxTokens: 40,
        });
      });
      const user = text`Your notes:\n${join(notes)}\nSum up your notes in two sentences for the fund.`;
      return text`The ${desk} report: ${w.llm(`${desk}.report`, { system, user, maxTokens: 56 })}`;
    });
    const briefing = w.format('briefing', text`${stock}\n${join(reports)}`);

    const sides = ['bull', 'bear'].map((side) => {
      const view = side === 'bull' ? 'speaks for buying' : 'speaks against buying';
      const system = persona(`You are the ${side} researcher: you look for what ${view}.`);
      const user = text`${briefing}\nMake your case.`;
      return {
        side,
        system,
        user,
        opening: w.llm(`${side}.opening`, { system, user, maxTokens: 56 }),
      };
    });
    const debate: Text[] = sides.map(({ side, opening }) => text`The ${side} said: ${opening}`);
    sides.forEach(({ side, system, user, opening }, i) => {
      const other = sides[1 - i]?.opening ?? opening;
      const messages = [
        said('user', user),
        said('assistant', opening),
        said('user', text`The other side answers: ${other}\nReply to it.`),
      ];
      debate.push(
        text`The ${side} replied: ${w.llm(`${side}.reply`, { system, messages, maxTokens: 56 })}`,
      );
    });
    const plan = w.llm('research-manager', {
      system: persona('You are the research manager: you hear both sides and propose what to do.'),
      user: text`${stock}\n${join(debate)}\nPropose to buy, hold or sell, with the main reason.`,
      maxTokens: 64,
    });

    const verdicts = Object.entries(STYLES).map(([style, creed]) => {
      const proposal = w.llm(`${style}.trader`, {
        system: persona(`You are a trader. ${creed}`),
        user: text`${stock}\nThe research manager proposes: ${plan}\nDo you buy, hold or sell? Say why.`,
        maxTokens: 48,
      });
      const panel = Object.entries(RISKS).map(([risk, view]) => {
        const system = persona(`You are a risk analyst. ${view}`);
        const user = text`${briefing}\nA trader proposes: ${proposal}\nWhat is the risk of this proposal?`;
        return {
          risk,
          system,
          user,
          first: w.llm(`${style}.${risk}.first`, { system, user, maxTokens: 40 }),
        };
      });
      const heard = join(panel.map(({ risk, first }) => text`The ${risk} analyst said: ${first}`));
      const second = panel.map(({ risk, system, user, first }) => {
        const messages = [
          said('user', user),
          said('assistant', first),
          said('user', text`${heard}\nDo you change your mind?`),
        ];
        return text`The ${risk} analyst: ${w.llm(`${style}.${risk}.second`, { system, messages, maxTokens: 40 })}`;
      });
      const judge = w.llm(`${style}.judge`, {
        system: persona(
          'You are the judge of a risk debate. You accept, shrink or refuse a proposal.',
        ),
        user: text`${stock}\nThe proposal: ${proposal}\n${join(second)}\nGive your verdict.`,
        maxTokens: 40,
      });
      return text`The ${style} trader's proposal was judged: ${judge}`;
    });

    const decision = w.llm('fund-manager', {
      system: persona(
        'You are the fund manager. Begin your answer with one word: Buy, Hold or Sell.',
      ),
      user: text`${stock}\n${join(verdicts)}\nDecide, and give your reason.`,
      maxTokens: 72,
    });
    return { decision, proposal: plan };
  },
);

function said(role: 'user' | 'assistant', content: Text | Handle) {
  return { role, content };
}
