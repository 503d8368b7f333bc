import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { GatewayError } from '@switchyard/contract';
import { permissionsOf, type Submitter } from '@switchyard/gate';
import type { ResolvedModel } from '@switchyard/registry';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { ListModelsQuery } from './list-models.query.js';
import { viewModel, type ModelView } from './model-view.js';

/** OpenAI's list, with our cursor beside its own. */
interface ModelList {
  readonly object: 'list';
  readonly data: readonly ModelView[];
  readonly has_more: boolean;
  readonly nextCursor: string | null;
}

/** A name that a client made up is repeated, but not at any length. */
const LONGEST_NAME = 200;

/** The models that a key may use, in OpenAI's shape with more beside it. */
@ApiTags('models')
@Controller('v1/models')
export class ModelsController {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  @Get()
  @ApiOperation({ operationId: 'listModels', summary: 'List the models that this key may use' })
  @Answers(200, 'The models.', 'ModelList')
  @Answers([422])
  list(@Query() query: ListModelsQuery, @CurrentSubmitter() submitter: Submitter): ModelList {
    const models = this.modelsFor(submitter);
    const start = startOfPage(models, query);
    const page = models.slice(start, start + query.limit);
    const more = start + page.length < models.length;
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
  @Answers(200, 'The model.', 'Model')
  @Answers([404])
  read(@Param('id') id: string, @CurrentSubmitter() submitter: Submitter): ModelView {
    const model = this.context.registry.resolveModel(id);
    if (!model || !this.modelsFor(submitter).includes(model)) throw unknownModel(id);
    return viewModel(model, this.context);
  }

  /** Ids from a model hub hold slashes, which not every client encodes. */
  @Get(':first/*')
  @ApiExcludeEndpoint()
  readWithSlashes(
    @Param() parts: Readonly<Record<string, string>>,
    @CurrentSubmitter() submitter: Submitter,
  ): ModelView {
    return this.read(`${parts['first']}/${parts['*']}`, submitter);
  }

  private modelsFor({ key }: Submitter): readonly ResolvedModel[] {
    const { registry } = this.context;
    const permissions = permissionsOf(key, registry);
    return registry
      .listModels()
      .filter(({ requiredPermissions }) => requiredPermissions.every((each) => permissions.has(each)));
  }
}

/** @throws GatewayError (422) for a position that is none: a page from the start would be taken for the next one. */
function startOfPage(models: readonly ResolvedModel[], { after, cursor }: ListModelsQuery): number {
  const last = after ?? cursor;
  if (last === undefined) return 0;
  const index = models.findIndex((model) => model.id === last);
  if (index >= 0) return index + 1;
  const param = after === undefined ? 'cursor' : 'after';
  throw new GatewayError(
    'invalid_request_error',
    `\`${param}\` names no model; send the id of the last one of the page before.`,
    {
      param,
    },
  );
}

function unknownModel(id: string): GatewayError {
  const name = id.length > LONGEST_NAME ? `${id.slice(0, LONGEST_NAME)}…` : id;
  const message = `There is no model "${name}"; GET /v1/models lists those that there are.`;
  return new GatewayError('not_found_error', message, { code: 'model_not_found', param: 'id' });
}
