import { parseUsd } from '@switchyard/contract';
import { parseDuration, parseSize } from './units.js';

/** A form of text: the check, and what the text must be, in words that follow "must be". */
interface Format {
  readonly accepts: (text: string) => boolean;
  readonly words: string;
}

const VISIBLE = /^[\x21-\x7e]+$/;

/** A key of a client: what fits into a header and is too long to guess. */
const VISIBLE_KEY = /^[\x21-\x7e]{16,}$/;

/** Far above any price, far below what a 64-bit count of nano-dollars holds: sums of them stay exact. */
const MOST_DOLLARS = { ofPrice: 1_000_000n, ofBudget: 1_000_000_000n };
const NANO_PER_DOLLAR = 1_000_000_000n;

function isAmount(text: string, mostDollars: bigint): boolean {
  const amount = parseUsd(text);
  return amount !== undefined && amount >= 0n && amount <= mostDollars * NANO_PER_DOLLAR;
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

/** Names that Node takes and Postgres refuses (`AET`), or takes for an abbreviation without summer time (`CET`, `PST`). */
const MISREAD_ZONES = /^(?!utc|gmt|uct|est|mst|hst|prc|roc|rok)[a-z]{3}$|^us\/pacific-new$/i;

/** The names of the time zone database only: an offset does not know summer time. */
function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text) || MISREAD_ZONES.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What a request is framed by; a token in their place would break it. */
const FRAMING_HEADERS = /^(host|connection|keep-alive|transfer-encoding|te|upgrade|expect|accept|content-.*)$/i;

const DECIMAL_WORDS = 'a decimal amount of dollars with at most 9 digits after the point, not negative';

/** Every form of text that the file knows. */
export const FORMATS = {
  price: { accepts: (text) => isAmount(text, MOST_DOLLARS.ofPrice), words: `${DECIMAL_WORDS}, and at most a million` },
  'budget-limit': {
    accepts: (text) => isAmount(text, MOST_DOLLARS.ofBudget) && parseUsd(text) !== 0n,
    words: `${DECIMAL_WORDS}, more than 0, and at most a billion`,
  },
  any: { accepts: (text) => text === 'any', words: '`any`, or a list' },
  free: { accepts: (text) => text === 'free', words: '`free`, or a map of prices' },
  'batch-factor': {
    accepts: (text) => /^(0(\.\d{1,6})?|1(\.0{1,6})?)$/.test(text),
    words: 'a decimal from 0 to 1 with at most 6 digits after the point',
  },
  duration: {
    accepts: (text) => parseDuration(text) !== undefined,
    words: 'a number and its unit, one of ms, s, m, h, d, w, such as 30d',
  },
  size: {
    accepts: (text) => parseSize(text) !== undefined,
    words: 'a number of bytes, or a number and its unit, one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, such as 4GiB',
  },
  'http-url': { accepts: isHttpUrl, words: 'an http or https URL without a user name or password in it' },
  'time-zone': { accepts: isTimeZone, words: 'a time zone of the IANA database, such as UTC or Europe/Berlin' },
  'time-of-day': { accepts: (text) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text), words: 'a time such as "22:00"' },
  'client-key': { accepts: (text) => VISIBLE_KEY.test(text), words: '16 or more visible characters without spaces' },
  'webhook-secret': {
    accepts: (text) => /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text),
    words: '`whsec_` and base64 characters; generate one with: echo "whsec_$(openssl rand -base64 32)"',
  },
  /** Also the name of a queue and of a process, so it is narrow. */
  'short-name': {
    accepts: (text) => /^[A-Za-z0-9][\w.-]{0,62}$/.test(text),
    words: 'a name of 1 to 63 letters, digits, dots, hyphens and underscores that begins with a letter or digit',
  },
  name: {
    accepts: (text) => text.length <= 200 && VISIBLE.test(text),
    words: 'a name of 1 to 200 visible characters without spaces',
  },
  'header-name': {
    accepts: (text) => /^[\w!#$%&'*+.^`|~-]+$/.test(text) && !FRAMING_HEADERS.test(text),
    words: 'the name of a header that says nothing about the request itself, such as Authorization',
  },
  'json-pointer': {
    accepts: (text) => /^(?:\/(?:[^~/]|~[01])*)*$/.test(text),
    words: 'a JSON pointer such as /choices/0/text, or an empty text for the whole',
  },
  'url-path': {
    accepts: (text) => /^\/[^\s#]*$/.test(text),
    words: 'a path that begins with a slash, such as /v1/generate',
  },
  'image-size': {
    accepts: (text) => /^([0-9]{2,5}x[0-9]{2,5}|auto)$/.test(text),
    words: 'the size of an image such as 1024x1024, or auto',
  },
  'cache-field': {
    accepts: (text) => /^(prompt|systemPrompt|params|metadata\..+)$/.test(text),
    words: 'one of prompt, systemPrompt, params, metadata.<key>',
  },
} as const satisfies Record<string, Format>;
export type FormatName = keyof typeof FORMATS;
