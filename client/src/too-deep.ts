/** What V8 says when what is read has more levels than the stack takes: some hundreds of YAML, thousands of JSON. */
export const STACK_ENDED = /call stack size exceeded|stack overflow/i;

/** Said of such input instead, by place. */
export const TOO_DEEP = 'is nested deeper than can be read';
