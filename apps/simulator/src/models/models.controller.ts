import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ANTHROPIC } from '../anthropic/anthropic-dialect.js';
import { answerModel as answerAnthropicModel, answerModelPage } from '../anthropic/answer-models.js';
import { Exchanges, type IncomingRequest, type OutgoingReply } from '../exchange/exchanges.js';
import { answerModel, answerModelList } from '../openai/answer-models.js';
import { OPENAI } from '../openai/openai-dialect.js';

function isOfAnthropic(request: IncomingRequest): boolean {
  return request.headers['anthropic-version'] !== undefined;
}

/** The path of models, which two vendors share: a client of Anthropic's names the version of its API. */
@Controller(['v1/models', 'openai/v1/models'])
export class ModelsController {
  constructor(private readonly exchanges: Exchanges) {}

  @Get()
  models(
    @Req() request: IncomingRequest,
    @Res() reply: OutgoingReply,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const vendor = isOfAnthropic(request)
      ? { dialect: ANTHROPIC, answer: () => answerModelPage(query) }
      : { dialect: OPENAI, answer: answerModelList };
    return this.exchanges.serve({ request, reply, path: '/v1/models', body: undefined, ...vendor });
  }

  @Get(':id')
  model(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Param('id') model: string): Promise<void> {
    const vendor = isOfAnthropic(request)
      ? { dialect: ANTHROPIC, answer: () => answerAnthropicModel(model) }
      : { dialect: OPENAI, answer: () => answerModel(model) };
    return this.exchanges.serve({ request, reply, path: '/v1/models/:id', body: undefined, model, ...vendor });
  }
}
