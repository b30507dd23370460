import { join, type Text, text, workflow } from '@helium/client';
import { ask, askAgain, type Chat } from '../ask.ts';
import { DESKS, EXAMPLES_OF, HOUSE, RISKS, STYLES } from './people.ts';

/** Lively answers; with a seed, still the same ones every time. */
const VOICE = { temperature: 0.5, topP: 0.9, topK: 40 };

/** One sentence, without its full stop. */
const STOP = ['. ', '.\n', '\n'];

/** Four analysts, a debate, eight traders each judged by three risk analysts, one decision: 88 calls a row. */
export const trading = workflow(
  { name: 'trading', inputs: ['ticker', 'date', 'prices', 'index', 'jobs', 'technology'] },
  (w, row) => {
    const reply = (id: string, chat: Chat, maxTokens: number, seed?: number) => {
      const sampling = seed === undefined ? {} : { sampling: { ...VOICE, seed } };
      return w.llm(id, { ...chat, maxTokens, stop: STOP, ...sampling });
    };
    const persona = (who: string) => `${HOUSE} ${who}`;
    const stock = text`Stock: ${row.ticker}, ${row.date}.`;

    const reports = Object.entries(DESKS).map(([desk, { about, docs }]) => {
      const who = `You are the analyst for ${about}.`;
      const notes = Object.entries(docs).map(([doc, columns]) => {
        const args = Object.fromEntries(columns.map((column) => [column, row[column]]));
        const figures = w.fn(`figures.${doc}`, `trading.${doc}`, args);
        return reply(`${desk}.${doc}`, ask(persona(who), EXAMPLES_OF.note, figures), 36);
      });
      const report = reply(
        `${desk}.report`,
        ask(persona(who), EXAMPLES_OF.report, join(notes)),
        44,
      );
      return text`${desk}: ${report}`;
    });
    const briefing = w.format('briefing', text`${stock}\n${join(reports)}`);

    const sides = (['bull', 'bear'] as const).map((side, i) => {
      const who = side === 'bull' ? 'You argue for buying.' : 'You argue for selling.';
      const chat = ask(persona(who), EXAMPLES_OF[side], briefing);
      return { side, chat, opening: reply(`${side}.opening`, chat, 44, i) };
    });
    const debate: Text[] = sides.map(({ side, opening }) => text`The ${side}: ${opening}`);
    sides.forEach(({ side, chat, opening }, i) => {
      const other = sides[1 - i]?.opening ?? opening;
      const retort = text`The other side says: ${other}\nArgue again for your side.`;
      const answer = reply(`${side}.reply`, askAgain(chat, opening, retort), 40, i);
      debate.push(text`The ${side} again: ${answer}`);
    });
    const planner = 'You hear a bull and a bear and make a plan.';
    const plan = reply(
      'research-manager',
      ask(persona(planner), EXAMPLES_OF.plan, text`${stock}\n${join(debate)}`),
      48,
    );

    const verdicts = Object.entries(STYLES).map(([style, { creed, answer }], i) => {
      const trade = { ask: EXAMPLES_OF.trade, answer };
      const trader = ask(
        persona(`You are a trader. ${creed}`),
        trade,
        text`${stock} Plan: ${plan}`,
      );
      const proposal = reply(`${style}.trader`, trader, 40, 10 + i);
      const panel = Object.entries(RISKS).map(([risk, view]) => {
        const question = text`${briefing}\nProposal: ${proposal}`;
        const chat = ask(persona(`You are a risk analyst. ${view}`), EXAMPLES_OF.risk, question);
        return { risk, chat, first: reply(`${style}.${risk}.first`, chat, 32, 20 + i) };
      });
      const heard = join(panel.map(({ risk, first }) => text`The ${risk} analyst: ${first}`));
      const ratings = panel.map(({ risk, chat, first }) => {
        const again = text`${heard}\nIs the risk small, medium or large?`;
        const rating = reply(`${style}.${risk}.second`, askAgain(chat, first, again), 32, 30 + i);
        return text`The ${risk} analyst: ${rating}`;
      });
      const judge = 'You judge proposals after hearing three risk analysts.';
      const hearing = text`Proposal: ${proposal}\n${join(ratings)}`;
      const verdict = reply(
        `${style}.judge`,
        ask(persona(judge), EXAMPLES_OF.verdict, hearing),
        32,
        40 + i,
      );
      return text`${style}: ${proposal} (${verdict})`;
    });

    const manager = 'You are the fund manager. You decide.';
    const agenda = text`${stock}\n${join(verdicts)}`;
    const decision = reply('fund-manager', ask(persona(manager), EXAMPLES_OF.decision, agenda), 64);
    return { decision, proposal: plan };
  },
);
