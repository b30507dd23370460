import { type Shape, ShapeBuilder, type ShapeItem } from './shape.ts';

/**
 * The paper's workflows (section 7.1 and 7.2), with token lengths around the means of its published
 * profiles for an 8B model (`docs/reference/scheduling-problem.md`, section 8, has the table of families).
 */

/** Experts read the same question, one summarizer their answers. TAT-QA: six questions share a context. */
export function mapReduce(dataset: 'mmlu' | 'tatqa'): Shape {
  const b = new ShapeBuilder();
  const isTable = dataset === 'tatqa';
  const [system, summary, instruction] = [b.text(30), b.text(40), b.text(60)];
  const roles = Array.from({ length: isTable ? 7 : 14 }, () => b.text(isTable ? 90 : 45));
  const question = questionOf(b, isTable);
  const answers = roles.map((role, i) =>
    b.operator(
      `expert${i}`,
      `expert${i}`,
      [system, ...question, role],
      isTable ? [385, 90] : [285, 90],
    ),
  );
  b.operator(
    'summary',
    'summarizer',
    [summary, instruction, ...question, ...answers],
    isTable ? [250, 70] : [168, 70],
  );
  return b.build(`mapred-${dataset}`);
}

/** Three agents, two rounds: a round goes on with the own conversation, then the others' answers. */
export function debate(dataset: 'mmlu' | 'tatqa'): Shape {
  const b = new ShapeBuilder();
  const isTable = dataset === 'tatqa';
  const [system, revise] = [b.text(25), b.text(70)];
  const roles = [0, 1, 2].map(() => b.text(isTable ? 85 : 42));
  const question = questionOf(b, isTable);
  const chats = roles.map((role): ShapeItem[] => [system, ...question, role]);
  const first = chats.map((chat, i) =>
    b.operator(`round0.agent${i}`, `agent${i}`, chat, isTable ? [375, 100] : [300, 100]),
  );
  chats.forEach((chat, i) => {
    const others = first.filter((_, j) => j !== i);
    const again = [...chat, first[i]!, revise, ...others];
    b.operator(`round1.agent${i}`, `agent${i}`, again, isTable ? [405, 100] : [360, 100]);
  });
  return b.build(`debate-${dataset}`);
}

/** An expert's draft, two critics one after the other, the expert again. */
export function reflect(): Shape {
  const b = new ShapeBuilder();
  const [expert, extract, calculate] = [b.text(60), b.text(55), b.text(58)];
  const [ask, find, check, revise] = [b.text(180), b.text(90), b.text(90), b.text(60)];
  const question = [b.field('context', 450, 90, 6), b.field('question', 32, 12)];
  const chat = [expert, ask, ...question];
  const draft = b.operator('draft', 'expert', chat, [130, 45]);
  const found = b.operator('extract', 'extractor', [extract, find, ...question, draft], [260, 70]);
  const checked = b.operator(
    'calculate',
    'calculator',
    [calculate, check, ...question, draft, found],
    [480, 40],
  );
  b.operator('final', 'expert', [...chat, draft, revise, found, checked], [140, 45]);
  return b.build('reflect-tatqa');
}

/** A summary refined over six chunks of reviews. */
export function iterative(): Shape {
  const b = new ShapeBuilder();
  const [system, begin, refine] = [b.text(12), b.text(220), b.text(235)];
  let summary: ShapeItem | undefined;
  for (let chunk = 0; chunk < 6; chunk++) {
    const text = b.field(`chunk${chunk}`, 840, 160);
    const template =
      summary === undefined ? [system, begin, text] : [system, refine, summary, text];
    summary = b.operator(`chunk${chunk}`, 'summarizer', template, [
      Math.min(216 + 42 * chunk, 401),
      60,
    ]);
  }
  return b.build('iterative-amazon');
}

/** Seven experts each over six chunks, a summary per expert, one writer. */
export function parallel(): Shape {
  const b = new ShapeBuilder();
  const [extract, sum, writer, write] = [b.text(100), b.text(110), b.text(220), b.text(80)];
  const item = b.field('item', 250, 60);
  const chunks = Array.from({ length: 6 }, (_, i) => b.field(`chunk${i}`, 850, 150));
  const summaries = Array.from({ length: 7 }, (_, i) => {
    const system = b.text(330);
    const agent = `expert${i}`;
    const notes = chunks.map((chunk, j) =>
      b.operator(`${agent}.chunk${j}`, agent, [system, extract, item, chunk], [434, 41]),
    );
    return b.operator(`${agent}.summary`, agent, [system, sum, item, ...notes], [505, 15]);
  });
  b.operator('writer', 'writer', [writer, write, item, ...summaries], [505, 15]);
  return b.build('parallel-amazon');
}

/** How the trading workflow is made. */
export interface TradingOptions {
  readonly branches: number;
  readonly rounds: number;
}

const DOCUMENTS = {
  fundamentals: [900, 1440, 1500, 2530],
  market: [16_600, 18_600],
  news: [990, 1075, 1030, 980, 1025],
  social: [4600, 4950, 5090],
} as const;

/** Outputs of the trading workflow. */
const LONG: readonly [number, number] = [480, 50];

/** Four analysts over documents, a debate, eight traders with risk panels, a fund manager: 88 calls. */
export function trading({ branches, rounds }: TradingOptions = { branches: 8, rounds: 2 }): Shape {
  const b = new ShapeBuilder();
  const stock = b.field('stock', 8, 2);
  const reports = Object.entries(DOCUMENTS).map(([analyst, lengths]) => {
    const system = b.text(150);
    const profile = analyst === 'fundamentals' ? [b.field('profile', 260, 60)] : [];
    const notes = lengths.map((tokens, i) => {
      const task = b.text(60);
      const text = b.field(`${analyst}${i}`, tokens - 220, (tokens - 220) * 0.15);
      const prompt = [system, task, stock, ...profile, text];
      return b.operator(`${analyst}.document${i}`, analyst, prompt, LONG);
    });
    const prompt = [system, b.text(110), stock, ...profile, ...notes];
    return b.operator(`${analyst}.report`, analyst, prompt, LONG);
  });
  const plan = research(b, stock, reports, rounds);
  const panel = {
    names: ['risky', 'safe', 'neutral'],
    systems: [200, 200, 200].map((n) => b.text(n)),
  };
  const [open, again, trade] = [b.text(60), b.text(50), b.text(50)];
  const judge = [b.text(190), b.text(60)];
  const verdicts = Array.from({ length: branches }, (_, t) => {
    const trader = b.operator(
      `b${t}.trader`,
      `trader${t}`,
      [b.text(210), trade, stock, plan],
      LONG,
    );
    let chats = panel.systems.map((system): ShapeItem[] => [
      system,
      open,
      stock,
      ...reports,
      trader,
    ]);
    const said: ShapeItem[] = [];
    let last: ShapeItem[] = [];
    for (let round = 0; round < rounds; round++) {
      if (round > 0) chats = chats.map((chat, i) => [...chat, last[i]!, again, ...last]);
      last = chats.map((chat, i) =>
        b.operator(`b${t}.risk${i}.round${round}`, panel.names[i]!, chat, LONG),
      );
      said.push(...last);
    }
    return b.operator(`b${t}.judge`, 'judge', [...judge, stock, ...said], LONG);
  });
  b.operator('manager', 'fund manager', [b.text(180), b.text(60), stock, ...verdicts], LONG);
  return b.build('trading');
}

/** A bull and a bear, then a manager who makes a plan of it. */
function research(
  b: ShapeBuilder,
  stock: ShapeItem,
  reports: readonly ShapeItem[],
  rounds: number,
): ShapeItem {
  const [open, answer] = [b.text(45), b.text(45)];
  let chats = [0, 1].map((): ShapeItem[] => [b.text(170), open, stock, ...reports]);
  const said: ShapeItem[] = [];
  let last: ShapeItem[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round > 0) chats = chats.map((chat, i) => [...chat, last[i]!, answer, last[1 - i]!]);
    last = chats.map((chat, i) =>
      b.operator(`research${i}.round${round}`, i === 0 ? 'bull' : 'bear', chat, LONG),
    );
    said.push(...last);
  }
  return b.operator('plan', 'research manager', [b.text(170), b.text(40), stock, ...said], LONG);
}

/** Prompts with a system text, a context that questions share, and a question (paper, figure 10). */
export function sharing(
  kind: 'mapred' | 'debate',
  [system, context, question, output]: readonly [number, number, number, number],
): Shape {
  const b = new ShapeBuilder();
  const out: readonly [number, number] = [output, output / 10];
  const asked = [b.field('context', context, context / 10, 6), b.field('question', question, 4)];
  const count = kind === 'mapred' ? 7 : 3;
  const agents = Array.from({ length: count }, () => b.text(system));
  const chats = agents.map((who): ShapeItem[] => [who, ...asked]);
  const first = chats.map((chat, i) => b.operator(`first${i}`, `agent${i}`, chat, out));
  if (kind === 'mapred')
    b.operator('summary', 'summarizer', [b.text(system), ...asked, ...first], out);
  else {
    const revise = b.text(70);
    chats.forEach((chat, i) => {
      const others = first.filter((_, j) => j !== i);
      b.operator(`second${i}`, `agent${i}`, [...chat, first[i]!, revise, ...others], out);
    });
  }
  return b.build(`${kind} ${system}/${context}/${question}/${output}`);
}

function questionOf(b: ShapeBuilder, isTable: boolean): ShapeItem[] {
  return isTable
    ? [b.field('context', 430, 90, 6), b.field('question', 32, 20)]
    : [b.field('question', 90, 20)];
}
