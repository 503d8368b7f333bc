import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { isRecord } from '../content/record.js';
import type { Answerer } from '../exchange/dialect.js';
import { Exchanges, type IncomingRequest, type OutgoingReply } from '../exchange/exchanges.js';
import { answerChat } from '../openai/answer-chat.js';
import { answerEmbeddings } from '../openai/answer-embeddings.js';
import { answerImages } from '../openai/answer-images.js';
import { answerModel, answerModelList } from '../openai/answer-models.js';
import { Refusal } from '../refusal.js';
import { AZURE } from './azure-dialect.js';
import { withFilterResults } from './filter-results.js';

const ANSWERS: Readonly<Record<string, Answerer>> = {
  'chat/completions': (body, context) => withFilterResults(answerChat(body, context)),
  embeddings: answerEmbeddings,
  'images/generations': answerImages,
};

interface Asked {
  readonly request: IncomingRequest;
  readonly reply: OutgoingReply;
  readonly version: string | undefined;
}

/** The routes of Azure OpenAI by a dated version; those of its `v1` are OpenAI's own. */
@Controller('openai')
export class AzureController {
  constructor(private readonly exchanges: Exchanges) {}

  @Post('deployments/:deployment/:group/:verb')
  two(
    @Req() request: IncomingRequest,
    @Res() reply: OutgoingReply,
    @Query('api-version') version: string | undefined,
    @Param() { deployment, group, verb }: Readonly<Record<'deployment' | 'group' | 'verb', string>>,
    @Body() body: unknown,
  ): Promise<void> {
    return this.post({ request, reply, version }, deployment, `${group}/${verb}`, body);
  }

  @Post('deployments/:deployment/:verb')
  one(
    @Req() request: IncomingRequest,
    @Res() reply: OutgoingReply,
    @Query('api-version') version: string | undefined,
    @Param() { deployment, verb }: Readonly<Record<'deployment' | 'verb', string>>,
    @Body() body: unknown,
  ): Promise<void> {
    return this.post({ request, reply, version }, deployment, verb, body);
  }

  @Get('models')
  models(
    @Req() request: IncomingRequest,
    @Res() reply: OutgoingReply,
    @Query('api-version') version: string | undefined,
  ): Promise<void> {
    return this.get({ request, reply, version }, '/openai/models', answerModelList);
  }

  @Get('models/:id')
  model(
    @Req() request: IncomingRequest,
    @Res() reply: OutgoingReply,
    @Query('api-version') version: string | undefined,
    @Param('id') id: string,
  ): Promise<void> {
    return this.get({ request, reply, version }, '/openai/models/:id', () => answerModel(id), id);
  }

  private get({ request, reply, version }: Asked, path: string, answer: Answerer, model?: string): Promise<void> {
    const named = model === undefined ? {} : { model };
    const asked = ofVersion(version, answer);
    return this.exchanges.serve({ request, reply, path, body: undefined, dialect: AZURE, answer: asked, ...named });
  }

  /** The deployment is the model. */
  private post({ request, reply, version }: Asked, model: string, route: string, given: unknown): Promise<void> {
    const path = `/openai/deployments/:deployment/${route}`;
    const body = isRecord(given) ? { ...given, model } : (given ?? {});
    const answer = ofVersion(version, Object.hasOwn(ANSWERS, route) ? ANSWERS[route] : undefined);
    return this.exchanges.serve({ request, reply, path, body, dialect: AZURE, answer, model });
  }
}

/** Azure knows no route without a version. */
function ofVersion(version: string | undefined, answer: Answerer | undefined): Answerer {
  if (answer && version !== undefined && /^20\d\d-\d\d-\d\d(-preview)?$/.test(version)) return answer;
  return () => {
    throw new Refusal(404, 'Resource not found', { code: '404' });
  };
}
