import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { AuthStatus, TokenReport } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import type { ControlError } from '@switchyard/jobs';
import { NeedsScope } from '../authentication/needs-scope.js';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { NoBody } from '../http/no-body.pipe.js';
import { ProbeQuery } from './probe.query.js';
import { ProviderHealthService, type AskedHealth, type ProviderHealth } from './provider-health.service.js';

interface HealthView {
  readonly provider: string;
  readonly status: 'healthy' | 'unhealthy';
  readonly auth: AuthStatus;
  readonly latencyMs: number | null;
  readonly models: readonly string[];
  readonly facts: ProviderHealth['facts'];
  /** Whether jobs reach the provider. */
  readonly circuit: ProviderHealth['circuit'];
  readonly error: ControlError | null;
}

interface ProbeView {
  readonly provider: string;
  readonly status: 'healthy' | 'unhealthy';
  readonly authStatus: AuthStatus['status'];
  readonly latencyMs: number | null;
  readonly testResponseLength: number | null;
  readonly error: ControlError | null;
}

/** How providers are, each asked through its worker at this moment. */
@ApiTags('admin')
@NeedsScope('admin')
@Controller('v1/admin/providers')
export class ProviderHealthController {
  constructor(private readonly health: ProviderHealthService) {}

  @Get('health')
  @ApiOperation({
    operationId: 'readProvidersHealth',
    summary: 'Ask every provider that is switched on whether it answers, or for a "Hello"',
  })
  @Answers(200, 'Every provider that is switched on.', 'ProviderProbeList')
  @Answers([422])
  async readAll(
    @Query() { probe }: ProbeQuery,
    @CurrentSubmitter() submitter: Submitter,
  ): Promise<{ data: ProbeView[]; nextCursor: null }> {
    return { data: (await this.health.readAll(probe, submitter)).map(viewProbe), nextCursor: null };
  }

  @Get(':name/health')
  @ApiOperation({
    operationId: 'readProviderHealth',
    summary: 'Ask a provider whether it answers, how fast, and which models it has',
  })
  @ApiParam({ name: 'name', example: 'openai' })
  @Answers(200, 'How it is; also where no worker runs to ask it.', 'ProviderHealth')
  @Answers([404])
  async read(@Param('name') name: string): Promise<HealthView> {
    const { error, auth, latencyMs, models, facts, circuit } = await this.health.read(name);
    const status = circuit === 'closed' ? statusOf(error) : 'unhealthy';
    return { provider: name, status, auth, latencyMs, models, facts, circuit, error };
  }

  @Post(':name/token/test')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'testProviderToken',
    summary: 'Fetch a fresh token for a provider, past any cache; the token itself is not told',
  })
  @ApiParam({ name: 'name', example: 'openai' })
  @Answers(200, 'What the token is like.', 'TokenReport')
  @Answers([404, 409, 502, 504])
  async testToken(@Param('name') name: string, @Body(NoBody) _body: undefined): Promise<TokenReport> {
    return await this.health.testToken(name);
  }
}

function statusOf(error: ControlError | null): 'healthy' | 'unhealthy' {
  return error === null ? 'healthy' : 'unhealthy';
}

function viewProbe({ name, error, auth, latencyMs, testResponseLength }: AskedHealth): ProbeView {
  return {
    provider: name,
    status: statusOf(error),
    authStatus: auth.status,
    latencyMs,
    testResponseLength,
    error,
  };
}
