import { Controller, Get, Header, Inject, Res, SetMetadata } from '@nestjs/common';
import { HealthCheck } from '@nestjs/terminus';
import { NO_KEY_NEEDED } from './no-key-needed.js';
import { OPERATIONS_OPTIONS, type OperationsOptions } from './operations-options.js';
import { Readiness } from './readiness.js';

interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/** What an operator and an orchestrator ask of every app. */
@Controller()
@SetMetadata(NO_KEY_NEEDED, true)
export class OperationsController {
  constructor(
    private readonly readiness: Readiness,
    @Inject(OPERATIONS_OPTIONS) private readonly options: OperationsOptions,
  ) {}

  @Get('health/live')
  @Header('cache-control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  // Its documentation would load all of @nestjs/swagger into every worker.
  @Get('health/ready')
  @HealthCheck({ noCache: true, swaggerDocumentation: false })
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<unknown> {
    const { status, body } = await this.readiness.answer();
    reply.status(status);
    return body;
  }

  @Get('metrics')
  async metrics(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    reply.header('content-type', this.options.metrics.contentType);
    return this.options.metrics.text();
  }
}
