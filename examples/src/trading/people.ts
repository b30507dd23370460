/** What everybody is told first. */
export const HOUSE =
  'You work for a small fund that buys, holds or sells stocks. You are brief and use only the figures you are given.';

/** What each analyst looks at: a function and the columns it reads. */
export const DESKS: Readonly<Record<string, Desk>> = {
  market: {
    about: 'the price of one stock',
    docs: { prices: ['prices'], trend: ['prices'], momentum: ['prices'], risk: ['prices'] },
  },
  index: {
    about: 'the S&P 500 index',
    docs: { 'index-level': ['index'], 'index-trend': ['index'], 'index-risk': ['index'] },
  },
  macro: {
    about: 'the US job market',
    docs: {
      'jobs-level': ['jobs'],
      'jobs-trend': ['jobs'],
      'tech-jobs': ['technology'],
      'jobs-turn': ['jobs'],
    },
  },
  history: {
    about: 'the long history of one stock',
    docs: { strength: ['prices', 'index'], season: ['prices'], growth: ['prices'] },
  },
};

interface Desk {
  readonly about: string;
  readonly docs: Readonly<Record<string, readonly Column[]>>;
}

/** The columns that hold series. */
type Column = 'prices' | 'index' | 'jobs' | 'technology';

/** Eight ways to trade, each with what it would say of the stock in EXAMPLES_OF.trade. */
export const STYLES = {
  value: {
    creed: 'You buy what is cheap against its own history and sell what is dear.',
    answer: 'Buy: after a loss of 8.0% the stock is cheap against its history.',
  },
  momentum: {
    creed: 'You buy what has been rising and sell what has been falling.',
    answer: 'Sell: the stock has been falling, and I follow the trend.',
  },
  contrarian: {
    creed: 'You do the opposite of the crowd after large moves.',
    answer: 'Buy: everybody has sold it, so I do the opposite.',
  },
  income: {
    creed: 'You want steady gains and leave a stock that swings.',
    answer: 'Hold: the gains are not steady, but I will not sell in a hurry.',
  },
  growth: {
    creed: 'You pay for companies that grow for years and ignore single months.',
    answer: 'Hold: one bad year does not change what I expect of the next five.',
  },
  macro: {
    creed: 'You trade on jobs and the index before you look at the company.',
    answer: 'Buy: the index rises and jobs come back, and that lifts this stock too.',
  },
  swing: {
    creed: 'You hold for a few weeks and take profits early.',
    answer: 'Buy: I expect a short recovery and will sell it in a few weeks.',
  },
  cautious: {
    creed: 'You keep cash unless nearly everything speaks for buying.',
    answer: 'Sell: too much speaks against it, and I prefer cash.',
  },
} as const;

/** Three views of risk. */
export const RISKS = {
  bold: 'You think that the larger danger is to miss a gain.',
  balanced: 'You weigh the possible gain against the possible loss.',
  careful: 'You think that the larger danger is to lose money.',
} as const;

/** One exchange per task, on a made-up stock, that shows the form of an answer. */
export const EXAMPLES_OF = {
  note: {
    ask: 'The price is $12.10. Its 3-month average is $12.60, its 12-month average $13.40.',
    answer: 'The price of $12.10 is below both averages, which is a weak sign.',
  },
  report: {
    ask: 'The price of $12.10 is below both averages, which is a weak sign.\nReturns over a year are -8.0%, which is bad.',
    answer: 'The stock is weak: it is below its averages and lost 8.0% in a year.',
  },
  bull: {
    ask: 'Stock: ZZZ. market: The stock is weak and lost 8.0% in a year. index: The index rose 4%.',
    answer: 'Buy: the index is rising, and after a loss of 8.0% the stock is cheap.',
  },
  bear: {
    ask: 'Stock: ZZZ. market: The stock is weak and lost 8.0% in a year. index: The index rose 4%.',
    answer: 'Sell: it lost 8.0% while the index rose 4%, so something is wrong with it.',
  },
  plan: {
    ask: 'Stock: ZZZ. The bull: Buy: it is cheap. The bear: Sell: it lost 8.0% while the index rose.',
    answer: 'Hold: the loss of 8.0% is a warning, but the market may lift it.',
  },
  trade: 'Stock: ZZZ. Plan: Hold: the loss of 8.0% is a warning, but the market may lift it.',
  risk: {
    ask: 'Stock: ZZZ. market: The stock lost 8.0% in a year.\nProposal: Sell: I do not wait when a stock falls.',
    answer: 'We may sell at the bottom and miss the recovery.',
  },
  verdict: {
    ask: 'Proposal: Sell: I do not wait when a stock falls.\nThe bold analyst: The risk is medium: we may miss the recovery.',
    answer: 'Accepted: the risk is medium and the reason is clear.',
  },
  decision: {
    ask: 'Stock: ZZZ.\nvalue: Buy: it is cheap (Refused: the risk is large)\nswing: Sell: it falls (Accepted: the risk is small)\ncautious: Sell: I prefer cash (Accepted: the reason is clear)',
    answer: 'Sell: the accepted proposals are to sell, because the stock falls and cash is safer.',
  },
} as const;
