/** Names under which models end a turn or a text, whatever their files call EOS. */
const END_TOKENS: ReadonlySet<string> = new Set([
  '<|im_end|>',
  '<|endoftext|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end_of_text|>',
  '<|end|>',
  '<|eot|>',
  '<end_of_turn>',
  '<|END_OF_TURN_TOKEN|>',
  '</s>',
]);

/** Ids that end a generation: those the model names and control tokens known as such; ascending. */
export function collectEndTokens(
  declared: readonly (number | null)[],
  controlTokens: readonly { readonly id: number; readonly content: string }[],
): number[] {
  const known = controlTokens.filter(({ content }) => END_TOKENS.has(content));
  const ids = new Set([...declared.filter((id) => id !== null), ...known.map(({ id }) => id)]);
  return [...ids].sort((a, b) => a - b);
}
