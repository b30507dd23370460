/** As a shell has it of what SIGPIPE ended. */
const EXIT_PIPE = 141;

/**
 * Ends the program without a word when nobody reads its standard output any more, as after `helium run … | head`. What
 * a command prints there comes last; the processes of an embedded cluster end with ours.
 */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT_PIPE);
  });
}
