import { Controller, Get, Headers, Inject, Param, Query } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { GatewayError } from '@switchyard/contract';
import { permissionsOf, type Submitter } from '@switchyard/gate';
import type { ResolvedModel } from '@switchyard/registry';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import {
  ANTHROPIC_PAGE_SIZE,
  viewAnthropicModel,
  viewAnthropicPage,
  type AnthropicModel,
  type AnthropicModelList,
} from './anthropic-model.js';
import { LARGEST_PAGE, ListModelsQuery } from './list-models.query.js';
import { viewModel, type ModelView } from './model-view.js';
import { pageOfModels } from './page-of-models.js';

/** OpenAI's list, with our cursor beside its own. */
interface ModelList {
  readonly object: 'list';
  readonly data: readonly ModelView[];
  readonly has_more: boolean;
  readonly nextCursor: string | null;
}

/** A name that a client made up is repeated, but not at any length. */
const LONGEST_NAME = 200;

/** A header that every client of Anthropic's sends. */
const ANTHROPIC_VERSION = 'anthropic-version';
const FOR_ANTHROPIC = ApiHeader({
  name: ANTHROPIC_VERSION,
  required: false,
  description: 'Where it is sent, the answer has the shape of Anthropic’s API.',
});

/** The models that a key may use, in OpenAI's shape with more beside it, or in Anthropic's where its clients ask. */
@ApiTags('models')
@Controller('v1/models')
export class ModelsController {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  @Get()
  @ApiOperation({ operationId: 'listModels', summary: 'List the models that this key may use' })
  @FOR_ANTHROPIC
  @Answers(200, 'The models.', 'ModelList')
  @Answers([422])
  list(
    @Query() query: ListModelsQuery,
    @CurrentSubmitter() submitter: Submitter,
    @Headers(ANTHROPIC_VERSION) anthropicVersion?: string,
  ): ModelList | AnthropicModelList {
    const isAnthropic = anthropicVersion !== undefined;
    const size = isAnthropic ? ANTHROPIC_PAGE_SIZE : LARGEST_PAGE;
    const { page, more } = pageOfModels(this.modelsFor(submitter), query, size);
    if (isAnthropic) return viewAnthropicPage(page, more);
    return {
      object: 'list',
      data: page.map((model) => viewModel(model, this.context)),
      has_more: more,
      nextCursor: more ? (page.at(-1)?.id ?? null) : null,
    };
  }

  @Get(':id')
  @ApiOperation({ operationId: 'readModel', summary: 'Read one model, or what an alias stands for' })
  @ApiParam({ name: 'id', schema: { type: 'string' }, example: 'gpt-4' })
  @FOR_ANTHROPIC
  @Answers(200, 'The model.', 'Model')
  @Answers([404])
  read(
    @Param('id') id: string,
    @CurrentSubmitter() submitter: Submitter,
    @Headers(ANTHROPIC_VERSION) anthropicVersion?: string,
  ): ModelView | AnthropicModel {
    const model = this.context.registry.resolveModel(id);
    if (!model || !this.modelsFor(submitter).includes(model)) throw unknownModel(id);
    return anthropicVersion === undefined ? viewModel(model, this.context) : viewAnthropicModel(model);
  }

  /** Ids from a model hub hold slashes, which not every client encodes. */
  @Get(':first/*')
  @ApiExcludeEndpoint()
  readWithSlashes(
    @Param() parts: Readonly<Record<string, string>>,
    @CurrentSubmitter() submitter: Submitter,
    @Headers(ANTHROPIC_VERSION) anthropicVersion?: string,
  ): ModelView | AnthropicModel {
    return this.read(`${parts['first']}/${parts['*']}`, submitter, anthropicVersion);
  }

  private modelsFor({ key }: Submitter): readonly ResolvedModel[] {
    const { registry } = this.context;
    const permissions = permissionsOf(key, registry);
    return registry
      .listModels()
      .filter(({ requiredPermissions }) => requiredPermissions.every((each) => permissions.has(each)));
  }
}

function unknownModel(id: string): GatewayError {
  const name = id.length > LONGEST_NAME ? `${id.slice(0, LONGEST_NAME)}…` : id;
  const message = `There is no model "${name}"; GET /v1/models lists those that there are.`;
  return new GatewayError('not_found_error', message, { code: 'model_not_found', param: 'id' });
}
