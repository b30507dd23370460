import type { WholePattern } from './json-shape.ts';

const DIGITS = '[0-9]';
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
const LEAP_CENTURY = '(?:[02468][048]|[13579][26])';
const LEAP_YEAR = `(?:${DIGITS}{2}(?:0[48]|[2468][048]|[13579][26])|${LEAP_CENTURY}00)`;
const DAYS = [
  '(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])',
  '(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)',
  '02-(?:0[1-9]|1[0-9]|2[0-8])',
];
const DATE = `(?:${DIGITS}{4}-(?:${DAYS.join('|')})|${LEAP_YEAR}-02-29)`;
const HOUR = '(?:[01][0-9]|2[0-3])';
const MINUTE = '[0-5][0-9]';
const TIME = `${HOUR}:${MINUTE}:${MINUTE}(?:\\.${DIGITS}{1,9})?(?:Z|[+\\-]${HOUR}:${MINUTE})`;
const COUNT = `${DIGITS}{1,6}`;
/** Units one after the other, the first and last ones at choice, none left out between them. */
const unitsOf = (first: string, second: string, third: string) =>
  [
    `${COUNT}${first}(?:${COUNT}${second}(?:${COUNT}${third})?)?`,
    `${COUNT}${second}(?:${COUNT}${third})?`,
    `${COUNT}${third}`,
  ].join('|');
const CLOCK = `T(?:${unitsOf('H', 'M', 'S')})`;
const CALENDAR = `(?:${unitsOf('Y', 'M', 'D')})`;
const DURATION = `P(?:${CALENDAR}(?:${CLOCK})?|${CLOCK}|${COUNT}W)`;
/** Of at most 35 characters: seven of them keep to the 253 of a name. */
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9\\-]{0,33}[a-zA-Z0-9])?';
const HOSTNAME = `${LABEL}(?:\\.${LABEL}){0,6}`;
const ATOM = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~\\-]{1,20}";
const EMAIL = `${ATOM}(?:\\.${ATOM}){0,2}@${LABEL}(?:\\.${LABEL}){1,5}`;
const HEX = '[0-9a-fA-F]';
const UUID = `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`;
const GROUP = `${HEX}{1,4}`;
const IPV6 = [
  `(?:${GROUP}:){7}${GROUP}`,
  ...Array.from({ length: 7 }, (_, before) => {
    const head = before === 0 ? ':' : `(?:${GROUP}:){${before}}`;
    const most = 6 - before;
    const tail = most === 0 ? `(?:${GROUP})?` : `(?:${GROUP}(?::${GROUP}){0,${most}})?`;
    return `${head}:${tail}`;
  }),
].join('|');
const PATH = "[a-zA-Z0-9\\-._~!$&'()*+,;=:@/]";
const SCHEME = '[a-zA-Z][a-zA-Z0-9+.\\-]*';
const PORT = '[1-9][0-9]{0,3}';
const TAIL = `(?:\\?${PATH}*)?(?:#${PATH}*)?`;
const URI = `${SCHEME}://${HOSTNAME}(?::${PORT})?(?:/${PATH}*)?${TAIL}`;

/**
 * What strings of a format look like (RFC 3339, 4122, 5321, 1123, 3986 ...). Nothing that is invalid
 * matches; of hostnames, e-mail addresses, URIs, durations and times only the usual ones do.
 */
export const FORMATS: Readonly<Record<string, WholePattern>> = {
  date: { source: DATE },
  time: { source: TIME },
  'date-time': { source: `${DATE}T${TIME}` },
  duration: { source: DURATION },
  email: { source: EMAIL },
  hostname: { source: HOSTNAME },
  ipv4: { source: IPV4 },
  ipv6: { source: IPV6 },
  uri: { source: URI },
  uuid: { source: UUID },
};
