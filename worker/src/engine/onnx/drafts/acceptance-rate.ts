/** What counts before there was a draft: so many tokens, and those of them that were accepted. */
const PRIOR = { drafted: 2.5, accepted: 1.5 };
/** What a step's drafts count for in the next: a sequence whose drafts fail is given one again some tokens later. */
const MEMORY = 0.8;

/** How often a sequence's draft tokens are accepted. */
export class AcceptanceRate {
  private drafted = 0;
  private accepted = 0;

  /** Between 0 and 1, neither reached. */
  get value(): number {
    return (this.accepted + PRIOR.accepted) / (this.drafted + PRIOR.drafted);
  }

  /** A step had so many draft tokens; those behind the first that was rejected were not looked at. */
  add(drafted: number, accepted: number): void {
    this.drafted = this.drafted * MEMORY + Math.min(drafted, accepted + 1);
    this.accepted = this.accepted * MEMORY + accepted;
  }
}
