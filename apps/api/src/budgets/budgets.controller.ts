import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Submitter } from '@switchyard/gate';
import { NeedsScope } from '../authentication/needs-scope.js';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { BudgetsService, type BudgetCheck } from './budgets.service.js';
import { viewBudget, type BudgetView } from './budget-view.js';

/** What may still be spent. */
@ApiTags('budgets')
@Controller('v1')
export class BudgetsController {
  constructor(private readonly budgets: BudgetsService) {}

  @Get('budgets')
  @ApiOperation({ operationId: 'listBudgets', summary: "List the key's own budgets: its tenant's and its own" })
  @Answers(200, 'The budgets, by name.', 'BudgetList')
  async list(@CurrentSubmitter() submitter: Submitter): Promise<{ data: BudgetView[]; nextCursor: null }> {
    return { data: (await this.budgets.listOwn(submitter)).map(viewBudget), nextCursor: null };
  }

  @Post('budgets/check')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'checkBudgets',
    summary: 'Ask whether the budgets would admit a job or a cost now; nothing is reserved',
  })
  @ApiBody({
    schema: {
      oneOf: [
        { type: 'object', required: ['estimatedCost'], properties: { estimatedCost: { type: 'string' } } },
        { $ref: '#/components/schemas/JobRequest' },
      ],
    },
  })
  @Answers(200, 'What the budgets say.', 'BudgetCheck')
  @Answers([404, 422])
  async check(@Body() body: unknown, @CurrentSubmitter() submitter: Submitter): Promise<BudgetCheck> {
    return await this.budgets.check(body, submitter);
  }

  @Get('admin/budgets/:name/usage')
  @NeedsScope('admin')
  @ApiOperation({ operationId: 'readBudgetUsage', summary: 'Read what a budget has spent, holds and has left' })
  @ApiParam({ name: 'name', example: 'acme' })
  @Answers(200, 'The budget.', 'Budget')
  @Answers([404])
  async usage(@Param('name') name: string): Promise<BudgetView> {
    return viewBudget(await this.budgets.read(name));
  }
}
