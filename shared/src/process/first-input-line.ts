/**
 * The first line of standard input, without its end. Stays open where the input ends before: that is
 * `stopRequested`'s to tell.
 */
export function firstInputLine(): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const take = (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) return;
      process.stdin.off('data', take);
      resolve(text.slice(0, end).trim());
    };
    process.stdin.setEncoding('utf8').on('data', take);
  });
}
