export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Facts of a log line, written as `key=value` in the given order; undefined ones are left out. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line per call, for people and for `grep`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same destination and level under `name/part`. */
  child(part: string): Logger;
}

export interface LoggerOptions {
  /** Takes a finished line without its end; default: standard error. */
  readonly write?: (line: string) => void;
  /** Milliseconds since the Unix epoch; default: the system's. */
  readonly wallTime?: () => number;
}

const SEVERITY = { debug: 0, info: 1, warn: 2, error: 3 } as const satisfies Record<
  LogLevel,
  number
>;

/** Makes a logger that writes lines of `level` and above. */
export function createLogger(
  name: string,
  level: LogLevel = 'info',
  options: LoggerOptions = {},
): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const wallTime = options.wallTime ?? Date.now;
  const log = (severity: LogLevel, message: string, fields: LogFields = {}) => {
    if (SEVERITY[severity] < SEVERITY[level]) return;
    const stamp = new Date(wallTime()).toISOString();
    const head = `${stamp} ${severity.toUpperCase().padEnd(5)} ${name}: ${oneLine(message)}`;
    write(head + formatFields(fields));
  };
  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
    child: (part) => createLogger(`${name}/${part}`, level, options),
  };
}

/** A logger that writes nothing: for tests and for callers that report in another way. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};

function formatFields(fields: LogFields): string {
  let text = '';
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) text += ` ${key}=${formatValue(value)}`;
  }
  return text;
}

function formatValue(value: unknown): string {
  const text = describe(value);
  return /^[^\s"=\p{Cc}]+$/u.test(text) ? text : JSON.stringify(text);
}

function describe(value: unknown): string {
  if (value instanceof Error) {
    return 'code' in value ? `${value.code}: ${value.message}` : value.message;
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A message can quote foreign text: it may neither break the line nor steer a terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => JSON.stringify(c).slice(1, -1));
}
