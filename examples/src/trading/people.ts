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

/** Eight ways to trade. */
export const STYLES = {
  value: 'You buy what is cheap against its own history and sell what is dear.',
  momentum: 'You buy what has been rising and sell what has been falling.',
  contrarian: 'You do the opposite of the crowd after large moves.',
  income: 'You want steady gains and leave a stock that swings.',
  growth: 'You pay for companies that grow for years and ignore single months.',
  macro: 'You trade on jobs and the index before you look at the company.',
  swing: 'You hold for a few weeks and take profits early.',
  cautious: 'You keep cash unless nearly everything speaks for buying.',
} as const;

/** Three views of risk. */
export const RISKS = {
  bold: 'You think that the larger danger is to miss a gain.',
  balanced: 'You weigh the possible gain against the possible loss.',
  careful: 'You think that the larger danger is to lose money.',
} as const;
