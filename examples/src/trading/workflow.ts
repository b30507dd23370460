import { type Handle, join, type Text, text, workflow } from '@helium/client';
import { DESKS, EXAMPLES_OF, RISKS, STYLES } from './people.ts';

const HOUSE =
  'You work for a small fund that buys, holds or sells stocks. You are brief and use only the figures you are given.';

/** Seeded: lively answers, and still the same ones every time. */
const voice = (seed: number) => ({ temperature: 0.5, topP: 0.9, topK: 40, seed });

/** One sentence, without its full stop. */
const STOP = ['. ', '.\n', '\n'];

const said = (role: 'user' | 'assistant', content: Text | Handle) => ({ role, content });

/** An exchange that shows a small model the form of a good answer; the same for everybody, so computed once. */
const shown = ({ ask, answer }: { ask: string; answer: string }) => [
  said('user', ask),
  said('assistant', answer),
];

/** Four analysts, a debate, eight traders each judged by three risk analysts, one decision: 88 calls a row. */
export const trading = workflow(
  { name: 'trading', inputs: ['ticker', 'date', 'prices', 'index', 'jobs', 'technology'] },
  (w, row) => {
    const persona = (who: string) => `${HOUSE} ${who}`;
    const stock = text`Stock: ${row.ticker}, ${row.date}.`;

    const reports = Object.entries(DESKS).map(([desk, { about, docs }]) => {
      const system = persona(`You are the analyst for ${about}.`);
      const notes = Object.entries(docs).map(([doc, columns]) => {
        const args = Object.fromEntries(columns.map((column) => [column, row[column]]));
        const figures = w.fn(`figures.${doc}`, `trading.${doc}`, args);
        const messages = [...shown(EXAMPLES_OF.note), said('user', figures)];
        return w.llm(`${desk}.${doc}`, { system, messages, maxTokens: 36, stop: STOP });
      });
      const messages = [...shown(EXAMPLES_OF.report), said('user', join(notes))];
      return text`${desk}: ${w.llm(`${desk}.report`, { system, messages, maxTokens: 44, stop: STOP })}`;
    });
    const briefing = w.format('briefing', text`${stock}\n${join(reports)}`);

    const sides = (['bull', 'bear'] as const).map((side, i) => {
      const system = persona(side === 'bull' ? 'You argue for buying.' : 'You argue for selling.');
      const asked = [...shown(EXAMPLES_OF[side]), said('user', briefing)];
      return {
        side,
        system,
        asked,
        opening: w.llm(`${side}.opening`, {
          system,
          messages: asked,
          maxTokens: 44,
          stop: STOP,
          sampling: voice(i),
        }),
      };
    });
    const debate: Text[] = sides.map(({ side, opening }) => text`The ${side}: ${opening}`);
    sides.forEach(({ side, system, asked, opening }, i) => {
      const other = sides[1 - i]?.opening ?? opening;
      const messages = [
        ...asked,
        said('assistant', opening),
        said('user', text`The other side says: ${other}\nArgue again for your side.`),
      ];
      const reply = w.llm(`${side}.reply`, {
        system,
        messages,
        maxTokens: 40,
        stop: STOP,
        sampling: voice(i),
      });
      debate.push(text`The ${side} again: ${reply}`);
    });
    const plan = w.llm('research-manager', {
      system: persona('You hear a bull and a bear and make a plan.'),
      messages: [...shown(EXAMPLES_OF.plan), said('user', text`${stock}\n${join(debate)}`)],
      maxTokens: 48,
      stop: STOP,
    });

    const verdicts = Object.entries(STYLES).map(([style, { creed, answer }], i) => {
      const proposal = w.llm(`${style}.trader`, {
        system: persona(`You are a trader. ${creed}`),
        messages: [
          ...shown({ ask: EXAMPLES_OF.trade, answer }),
          said('user', text`${stock} Plan: ${plan}`),
        ],
        maxTokens: 40,
        stop: STOP,
        sampling: voice(10 + i),
      });
      const panel = Object.entries(RISKS).map(([risk, view]) => {
        const system = persona(`You are a risk analyst. ${view}`);
        const asked = [
          ...shown(EXAMPLES_OF.risk),
          said('user', text`${briefing}\nProposal: ${proposal}`),
        ];
        const first = w.llm(`${style}.${risk}.first`, {
          system,
          messages: asked,
          maxTokens: 32,
          stop: STOP,
          sampling: voice(20 + i),
        });
        return { risk, system, asked, first };
      });
      const heard = join(panel.map(({ risk, first }) => text`The ${risk} analyst: ${first}`));
      const second = panel.map(({ risk, system, asked, first }) => {
        const again = text`${heard}\nIs the risk small, medium or large?`;
        const messages = [...asked, said('assistant', first), said('user', again)];
        const rating = w.llm(`${style}.${risk}.second`, {
          system,
          messages,
          maxTokens: 32,
          stop: STOP,
          sampling: voice(30 + i),
        });
        return text`The ${risk} analyst: ${rating}`;
      });
      const judge = w.llm(`${style}.judge`, {
        system: persona('You judge proposals after hearing three risk analysts.'),
        messages: [
          ...shown(EXAMPLES_OF.verdict),
          said('user', text`Proposal: ${proposal}\n${join(second)}`),
        ],
        maxTokens: 32,
        stop: STOP,
        sampling: voice(40 + i),
      });
      return text`${style}: ${proposal} (${judge})`;
    });

    const decision = w.llm('fund-manager', {
      system: persona('You are the fund manager. You decide.'),
      messages: [...shown(EXAMPLES_OF.decision), said('user', text`${stock}\n${join(verdicts)}`)],
      maxTokens: 64,
      stop: STOP,
    });
    return { decision, proposal: plan };
  },
);
