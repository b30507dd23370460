import fc from 'fast-check';

/** The numbers that properties are tried with are the same in every run, so that a commit that passed passes again. */
const SEED = 20_260_416;

// Others, to look for what these do not find: HELIUM_TEST_SEED=$RANDOM npm test
fc.configureGlobal({ seed: Number(process.env.HELIUM_TEST_SEED ?? SEED) });

export * from 'fast-check';
// biome-ignore lint/style/noDefaultExport: it stands for a package that has one.
export default fc;
