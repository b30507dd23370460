/** What counts before anything was tried: so many guesses, and those of them that were right. */
const PRIOR = { tried: 2.5, hits: 1.5 };
/** What a step's tries count for in the next: a sequence whose guesses fail is tried again some tokens later. */
const MEMORY = 0.8;

/** How often a sequence's guessed tokens are right. */
export class HitRate {
  private tried = 0;
  private hits = 0;

  /** Between 0 and 1, neither reached. */
  get value(): number {
    return (this.hits + PRIOR.hits) / (this.tried + PRIOR.tried);
  }

  /** A step tried so many guesses; those behind the first wrong one were not looked at. */
  add(tried: number, hits: number): void {
    this.tried = this.tried * MEMORY + Math.min(tried, hits + 1);
    this.hits = this.hits * MEMORY + hits;
  }
}
