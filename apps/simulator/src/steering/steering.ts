import { Refusal } from '../refusal.js';

/** What a request asks of the simulator beside its answer; the README's table says the same for users. */
export interface Steering {
  /** Before the first byte. */
  readonly latencyMs: number;
  /** Answers this error instead. */
  readonly status?: number;
  /** Headers that tell when to come again, sent with `status`. */
  readonly retryHeaders: Readonly<Record<string, string>>;
  /** Cuts the connection after so many bytes of the body. */
  readonly cutBytes?: number;
  /** Characters in each piece of a streamed answer. Default 24. */
  readonly chunkCharacters: number;
  /** Between two pieces of a streamed answer. */
  readonly paceMs: number;
  /** Length of the answer's text. */
  readonly tokens?: number;
  /** Never answers. */
  readonly hang: boolean;
  readonly usage: UsageReport;
  /** Sends an error event after so many pieces of a streamed answer, and ends it there. */
  readonly failAfter?: number;
  /** Answers 200 with something that is no answer; `half` ends a stream early, without its last events. */
  readonly body: BodyKind;
  /** What a content filter takes away: it refuses the prompt, or cuts the answer off. */
  readonly filter?: FilteredPart;
  /** Faults only so many identical requests, then answers. */
  readonly times?: number;
}

/** What an answer says it used: the truth, nothing, zeros, negative numbers, or numbers as text. */
export type UsageReport = (typeof USAGE_REPORTS)[number];
const USAGE_REPORTS = ['full', 'none', 'zero', 'negative', 'text'] as const;

type FilteredPart = (typeof FILTERED_PARTS)[number];
const FILTERED_PARTS = ['prompt', 'answer'] as const;

type BodyKind = (typeof BODY_KINDS)[number];
const BODY_KINDS = ['full', 'html', 'empty', 'half'] as const;

const LONGEST_WAIT_MS = 3_600_000;
const DEFAULT_CHUNK = 24;

type Check = (value: string) => boolean;

function whole(least: number, most: number): Check {
  return (value) => /^-?\d{1,12}$/.test(value) && Number(value) >= least && Number(value) <= most;
}

function oneOf(allowed: readonly string[]): Check {
  return (value) => allowed.includes(value);
}

const ALLOWED = {
  latency: whole(0, LONGEST_WAIT_MS),
  status: whole(400, 599),
  'retry-after': (value) => /^-?\d{1,9}(\.\d{1,3})?$/.test(value),
  'retry-after-ms': whole(-LONGEST_WAIT_MS, LONGEST_WAIT_MS),
  'retry-after-date': whole(-1e9, 1e9),
  cut: whole(0, 1e9),
  chunk: whole(1, 1e6),
  pace: whole(0, LONGEST_WAIT_MS),
  tokens: whole(1, 1e6),
  hang: oneOf(['1']),
  usage: oneOf(USAGE_REPORTS),
  'fail-after': whole(0, 1e6),
  body: oneOf(BODY_KINDS),
  filter: oneOf(FILTERED_PARTS),
  times: whole(1, 1e6),
} as const satisfies Record<string, Check>;

type Key = keyof typeof ALLOWED;
const KEYS = Object.keys(ALLOWED) as Key[];
/** `retry-after-ms` must be recognised before `retry-after`. */
const KEYS_BY_LENGTH = KEYS.toSorted((one, other) => other.length - one.length);

function isKey(text: string): text is Key {
  return Object.hasOwn(ALLOWED, text);
}

function take(settings: Map<Key, string>, key: string, value: string, source: string): void {
  if (!isKey(key)) {
    throw new Refusal(400, `${source}: unknown key "${key}"; known are ${KEYS.join(', ')}.`, {
      param: source,
      code: 'unknown_steering',
    });
  }
  if (!ALLOWED[key](value)) {
    throw new Refusal(400, `${source}: "${value}" is no value for ${key}.`, {
      param: source,
      code: 'invalid_steering',
    });
  }
  settings.set(key, value);
}

function readPairs(settings: Map<Key, string>, text: string, source: string): void {
  for (const piece of text.split(',')) {
    const pair = piece.trim();
    if (pair === '') continue;
    const separator = pair.indexOf('=');
    const key = separator < 0 ? pair : pair.slice(0, separator).trim();
    take(settings, key, separator < 0 ? '' : pair.slice(separator + 1).trim(), source);
  }
}

/** `sim-latency-200,status-429` steers; `sim-chat` and `sim-chat-2` are just names. */
function readModelName(settings: Map<Key, string>, model: string): void {
  if (!model.startsWith('sim-')) return;
  const pieces = model.slice('sim-'.length).split(',');
  const keys = pieces.map((piece) => KEYS_BY_LENGTH.find((key) => piece.startsWith(`${key}-`)));
  if (keys.every((key) => key === undefined)) return;
  for (const [index, piece] of pieces.entries()) {
    const key = keys[index] ?? piece;
    take(settings, key, piece.slice(key.length + 1), 'model');
  }
}

function readRetryHeaders(settings: ReadonlyMap<Key, string>): Record<string, string> {
  const headers: Record<string, string> = {};
  const seconds = settings.get('retry-after');
  const milliseconds = settings.get('retry-after-ms');
  const date = settings.get('retry-after-date');
  if (seconds !== undefined) headers['retry-after'] = seconds;
  if (milliseconds !== undefined) headers['retry-after-ms'] = milliseconds;
  if (date !== undefined) headers['retry-after'] = new Date(Date.now() + Number(date) * 1_000).toUTCString();
  return headers;
}

interface SteeringSources {
  /** The value of the header `x-simulate`. */
  readonly header: string | undefined;
  /** The value of `x-simulate` in the body's metadata. */
  readonly metadata: string | undefined;
  readonly model: string | undefined;
}

/**
 * Reads how a request wants to be treated. What the header says wins over the metadata, and that over the model's name.
 * @throws Refusal with status 400 that names an unknown key or a value that cannot be.
 */
export function readSteering({ header, metadata, model }: SteeringSources): Steering {
  const settings = new Map<Key, string>();
  if (model !== undefined) readModelName(settings, model);
  if (metadata !== undefined) readPairs(settings, metadata, 'metadata.x-simulate');
  if (header !== undefined) readPairs(settings, header, 'x-simulate');

  const number = (key: Key): number | undefined => (settings.has(key) ? Number(settings.get(key)) : undefined);
  const status = number('status');
  const cutBytes = number('cut');
  const tokens = number('tokens');
  const failAfter = number('fail-after');
  const filter = FILTERED_PARTS.find((part) => part === settings.get('filter'));
  const times = number('times');
  return {
    latencyMs: number('latency') ?? 0,
    retryHeaders: readRetryHeaders(settings),
    chunkCharacters: number('chunk') ?? DEFAULT_CHUNK,
    paceMs: number('pace') ?? 0,
    hang: settings.has('hang'),
    usage: USAGE_REPORTS.find((report) => report === settings.get('usage')) ?? 'full',
    body: BODY_KINDS.find((kind) => kind === settings.get('body')) ?? 'full',
    ...(status !== undefined && { status }),
    ...(cutBytes !== undefined && { cutBytes }),
    ...(tokens !== undefined && { tokens }),
    ...(failAfter !== undefined && { failAfter }),
    ...(filter !== undefined && { filter }),
    ...(times !== undefined && { times }),
  };
}

/** The same treatment without its faults. */
export function withoutFaults(steering: Steering): Steering {
  const { latencyMs, chunkCharacters, paceMs, tokens, usage } = steering;
  return {
    latencyMs,
    retryHeaders: {},
    chunkCharacters,
    paceMs,
    hang: false,
    usage,
    body: 'full',
    ...(tokens !== undefined && { tokens }),
  };
}
