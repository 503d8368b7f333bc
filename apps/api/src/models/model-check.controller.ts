import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { readModelChecks, type ModelComparison } from '@switchyard/jobs';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { NeedsScope } from '../authentication/needs-scope.js';
import { Answers } from '../description/answers.js';
import { timely } from '../http/timely.js';

interface ModelCheckView extends ModelComparison {
  readonly provider: string;
  readonly checkedAt: string | null;
  readonly error: string | null;
}

/** How the lists of the vendors compare with the configuration. */
@ApiTags('admin')
@NeedsScope('admin')
@Controller('v1/admin/models/check')
export class ModelCheckController {
  constructor(@Inject(API_CONTEXT) private readonly context: ApiContext) {}

  @Get()
  @ApiOperation({
    operationId: 'readModelChecks',
    summary: 'Read which models are new at each vendor, retired, or without a price; compared once a day',
  })
  @Answers(200, 'The last comparison of each provider.', 'ModelCheckList')
  async list(): Promise<{ data: ModelCheckView[]; nextCursor: null }> {
    const { app, registry } = this.context;
    const known = new Map((await timely(() => readModelChecks(app.database))).map((check) => [check.provider, check]));
    const data = registry.listProviders().map(({ settings: { name } }) => {
      const { checkedAt, error, ...found } = known.get(name) ?? { ...NOTHING, checkedAt: null, error: null };
      const { new: added, retired, unpriced } = found;
      const time = checkedAt?.toISOString() ?? null;
      return { provider: name, checkedAt: time, new: added, retired, unpriced, error };
    });
    return { data, nextCursor: null };
  }
}

const NOTHING: ModelComparison = { new: [], retired: [], unpriced: [] };
