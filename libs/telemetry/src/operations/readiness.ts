import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { Logger } from '../logging/logger.js';
import { Draining } from './draining.js';
import { OPERATIONS_OPTIONS, type OperationsOptions } from './operations-options.js';

/** One thing that this process needs before work may be sent to it. */
export interface ReadinessCheck {
  /** As it stands in the answer: `database`. */
  readonly name: string;
  /** Rejects when the thing is not there. @param signal aborted after two seconds, when the check counts as failed. */
  check(signal: AbortSignal): Promise<void>;
}

interface HealthAnswer {
  readonly status: 200 | 503;
  readonly body: unknown;
}

const CHECK_LIMIT_MS = 2_000;
/** Anybody may ask; the things behind the checks are asked at most this often. */
const ANSWER_HOLDS_MS = 500;
const DRAINING = 'draining';
/** Codes such as ECONNREFUSED or 57P03 say what is wrong and hold nothing of the address. */
const PUBLIC_CODE = /^[A-Z0-9_]{3,40}$/;

function publicReason(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && PUBLIC_CODE.test(code) ? `failed (${code})` : 'failed';
}

/** Runs the checks of this process through terminus. What failed and why goes to the log, once for each change. */
@Injectable()
export class Readiness {
  private readonly failing = new Set<string>();
  private readonly logger: Logger | undefined;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly draining: Draining,
    @Inject(OPERATIONS_OPTIONS) private readonly options: OperationsOptions,
  ) {
    this.logger = options.logger?.module('operations');
    const names = [DRAINING, ...options.readiness.map(({ name }) => name)];
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`Two readiness checks are named "${twice}"; give each its own name.`);
  }

  async answer(): Promise<HealthAnswer> {
    try {
      const body = await this.health.check([
        () => this.checkDraining(),
        ...this.options.readiness.map((check) => () => this.run(check)),
      ]);
      return { status: 200, body };
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return { status: 503, body: error.getResponse() };
      throw error;
    }
  }

  private checkDraining(): HealthIndicatorResult {
    const indicator = this.indicators.check(DRAINING);
    return this.draining.isDraining ? indicator.down('this process is ending') : indicator.up();
  }

  private async run(check: ReadinessCheck): Promise<HealthIndicatorResult> {
    const result = await this.indicators
      .check(check.name)
      .attempt(async ({ signal }) => {
        try {
          await check.check(signal);
        } catch (error) {
          this.noteFailure(check.name, { error });
          throw new Error(publicReason(error));
        }
      })
      .withTimeout(CHECK_LIMIT_MS)
      .cacheFor(ANSWER_HOLDS_MS);
    if (result[check.name]?.status === 'down') this.noteFailure(check.name, { limitMs: CHECK_LIMIT_MS });
    else if (this.failing.delete(check.name)) this.logger?.info({ check: check.name }, 'Readiness check passes again');
    return result;
  }

  private noteFailure(name: string, fields: Record<string, unknown>): void {
    if (this.failing.has(name)) return;
    this.failing.add(name);
    this.logger?.warn({ check: name, ...fields }, 'Readiness check failed; this process is not ready');
  }
}
