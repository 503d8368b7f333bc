import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { isRecord } from '../content/record.js';
import type { Answerer } from '../exchange/dialect.js';
import { Exchanges, type IncomingRequest, type OutgoingReply } from '../exchange/exchanges.js';
import { Refusal } from '../refusal.js';
import { ANTHROPIC } from './anthropic-dialect.js';
import { answerCountTokens, answerMessages } from './answer-messages.js';
import { answerPublisherModel, answerPublisherModels } from './answer-models.js';
import type { Address } from './messages-request.js';

/** What stands behind a model's name in a path of Vertex AI. */
const PREDICT = /^(.+):(rawPredict|streamRawPredict)$/;
const COUNT_TOKENS = 'count-tokens';

function headerOf(request: IncomingRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join() : value;
}

function versionIn(body: unknown): string | undefined {
  const version = isRecord(body) ? body['anthropic_version'] : undefined;
  return typeof version === 'string' ? version : undefined;
}

/** The routes of Anthropic's API that a gateway calls, also as Vertex AI has them. */
@Controller()
export class AnthropicController {
  constructor(private readonly exchanges: Exchanges) {}

  @Post('v1/messages')
  messages(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    const answer = answerMessages({ version: headerOf(request, 'anthropic-version') });
    return this.serve('/v1/messages', request, reply, body, answer);
  }

  @Post('v1/messages/count_tokens')
  count(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    const answer = answerCountTokens({ version: headerOf(request, 'anthropic-version') });
    return this.serve('/v1/messages/count_tokens', request, reply, body, answer);
  }

  @Post('v1/projects/:project/locations/:location/publishers/anthropic/models/:call')
  predict(
    @Req() request: IncomingRequest,
    @Res() reply: OutgoingReply,
    @Param('call') call: string,
    @Body() body: unknown,
  ): Promise<void> {
    const [, model, method] = PREDICT.exec(call) ?? [];
    const path = `/v1/projects/:project/locations/:location/publishers/anthropic/models/:model:${method ?? ''}`;
    if (model === undefined) throw new Refusal(404, `There is no ${call} here; call :rawPredict or :streamRawPredict.`);
    const version = versionIn(body);
    if (model === COUNT_TOKENS) return this.serve(path, request, reply, body, answerCountTokens({ version }));
    const address: Address = { version, model };
    return this.serve(path, request, reply, body, answerMessages(address), model);
  }

  @Get('v1beta1/publishers/anthropic/models')
  publisherModels(@Req() request: IncomingRequest, @Res() reply: OutgoingReply): Promise<void> {
    const path = '/v1beta1/publishers/anthropic/models';
    return this.serve(path, request, reply, undefined, answerPublisherModels);
  }

  @Get('v1/publishers/anthropic/models/:model')
  publisherModel(
    @Req() request: IncomingRequest,
    @Res() reply: OutgoingReply,
    @Param('model') model: string,
  ): Promise<void> {
    const path = '/v1/publishers/anthropic/models/:model';
    return this.serve(path, request, reply, undefined, () => answerPublisherModel(model), model);
  }

  private serve(
    path: string,
    request: IncomingRequest,
    reply: OutgoingReply,
    body: unknown,
    answer: Answerer,
    model?: string,
  ): Promise<void> {
    return this.exchanges.serve({
      request,
      reply,
      path,
      body: body ?? {},
      dialect: ANTHROPIC,
      answer,
      ...(model !== undefined && { model }),
    });
  }
}
