import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openProcess, prepareDatabase, type AppProcess } from '@switchyard/config';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import type { QueueEngine } from '@switchyard/queue/testing';
import { createLogger } from '@switchyard/telemetry';
import { startApi } from '../start-api.js';
import { CONFIGURATION, KEYS } from './configuration.js';
import { openTestWorker, type TestWorker } from './worker.js';

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a spec says what it expects of it
  readonly body: any;
}

export interface Call {
  readonly method?: string;
  /** Default: the key of acme. Null: none. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly text?: string | Uint8Array;
}
