import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { GatewayError } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import type { ResolvedModel } from '@switchyard/registry';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { ListModelsQuery } from './list-models.query.js';
import { viewModel, type ModelView } from './model-view.js';

/** OpenAI's list, with our cursor beside its own. */
interface ModelList {
  readonly object: 'list';
  readonly data: readonly ModelView[];
  readonly has_more: boolean;
  readonly nextCursor: string | null;
}

/** The models that a key may use, in OpenAI's shape with more beside it. */
@ApiTags('models')
@Controller('v1/models')
export class ModelsController {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  @Get()
  @ApiOperation({ summary: 'List the models that this key may use' })
  list(@Query() query: ListModelsQuery, @CurrentSubmitter() submitter: Submitter): ModelList {
    const models = this.context.registry.listModels().filter((model) => mayUse(submitter, model));
    const after = query.after ?? query.cursor;
    const start = after === undefined ? 0 : models.findIndex((model) => model.id === after) + 1;
    const page = models.slice(start, start + query.limit);
    const more = start + page.length < models.length;
    return {
      object: 'list',
      data: page.map((model) => viewModel(model, this.context.registry)),
      has_more: more,
      nextCursor: more ? (page.at(-1)?.id ?? null) : null,
    };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read one model, or what an alias stands for' })
  read(@Param('id') id: string, @CurrentSubmitter() submitter: Submitter): ModelView {
    const model = this.context.registry.resolveModel(id);
    if (!model || !mayUse(submitter, model)) {
      throw new GatewayError('not_found_error', `There is no model "${id}"; GET /v1/models lists those that there are.`, {
        code: 'model_not_found',
        param: 'id',
      });
    }
    return viewModel(model, this.context.registry);
  }
}

function mayUse({ key }: Submitter, model: ResolvedModel): boolean {
  return model.requiredPermissions.every((permission) => key.permissions.includes(permission));
}
