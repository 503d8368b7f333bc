import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { PROVIDER_DESCRIPTIONS, type ListedProvider } from '@switchyard/contract';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { Answers } from '../description/answers.js';

/** A kind of provider, and what this installation makes of it. */
interface ProviderView extends ListedProvider {
  /** Names under which the configuration has it. */
  readonly names: readonly string[];
  readonly configured: boolean;
  readonly enabled: boolean;
}

/** What can be spoken to. */
@ApiTags('providers')
@Controller('v1/providers')
export class ProvidersController {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  @Get()
  @ApiOperation({
    operationId: 'listProviders',
    summary: 'List every kind of provider, with its capabilities and whether it is configured here',
  })
  @Answers(200, 'Every kind.', 'ProviderList')
  list(): { readonly data: readonly ProviderView[] } {
    const configured = this.context.registry.listProviders();
    const data = Object.values(PROVIDER_DESCRIPTIONS).map((description) => {
      const own = configured.filter(({ settings }) => settings.kind === description.kind);
      return {
        ...description,
        names: own.map(({ settings }) => settings.name),
        configured: own.length > 0,
        enabled: own.some(({ enabled }) => enabled),
      };
    });
    return { data };
  }
}
