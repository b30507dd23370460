/** Set by a program that starts ours as its children: their standard input is a pipe from it. */
const EXIT_WITH_STDIN = 'HELIUM_EXIT_WITH_STDIN';

/** With nobody left to answer, what runs may still end in this time. */
const ORPHAN_MS_MAX = 5000;

const EXIT_FAILED = 1;

/**
 * Resolves with the reason when this process is asked to stop: SIGTERM, SIGINT, or, where
 * HELIUM_EXIT_WITH_STDIN is 1, the end of standard input, which comes when the process that holds
 * its other end is gone, however it died. A second signal ends the process at once with 1; so do
 * 5 s after the end of the input. Call once, at the start: until then a signal ends the process.
 */
export function stopRequested(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (isStopping) process.exit(EXIT_FAILED);
      isStopping = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    if (environment[EXIT_WITH_STDIN] !== '1') return;
    onInputEnd(() => {
      isStopping = true;
      resolve('the end of standard input');
      setTimeout(() => process.exit(EXIT_FAILED), ORPHAN_MS_MAX).unref();
    });
  });
}

function onInputEnd(act: () => void): void {
  // Whoever held our input read our output too: what is written from now on breaks a pipe.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  process.stdin
    .once('close', act)
    .once('error', () => process.stdin.destroy())
    .resume();
}
