import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Answerer } from '../exchange/dialect.js';
import { Exchanges, type IncomingRequest, type OutgoingReply } from '../exchange/exchanges.js';
import { Refusal } from '../refusal.js';
import { answerEmbedContent, answerPredict } from './answer-embeddings.js';
import { answerCountTokens, answerGenerate, answerStream } from './answer-generate.js';
import { answerPublisherModel, answerPublisherModels } from './answer-models.js';
import { GEMINI } from './gemini-dialect.js';

const VERSIONS = ['v1', 'v1beta1'];
const MODELS = 'publishers/google/models';
const PROJECT = 'projects/:project/locations/:location';

/** A model, and behind a colon what is asked of it. */
const CALL = /^(?<model>.+):(?<method>\w+)$/;

function answerFor(method: string, model: string, alt: unknown): Answerer {
  switch (method) {
    case 'generateContent':
      return answerGenerate(model);
    case 'streamGenerateContent':
      return answerStream(model, alt === 'sse');
    case 'countTokens':
      return answerCountTokens(model);
    case 'predict':
      return answerPredict;
    case 'embedContent':
      return answerEmbedContent(model);
    default:
      return () => {
        throw new Refusal(404, `The simulator has no method ${method} of a model.`);
      };
  }
}

/** The routes of Vertex AI by which Gemini is asked; those without a project are its express mode's. */
@Controller(VERSIONS)
export class GeminiController {
  constructor(private readonly exchanges: Exchanges) {}

  @Post([`${PROJECT}/${MODELS}/:call`, `${MODELS}/:call`])
  call(
    @Req() request: IncomingRequest,
    @Res() reply: OutgoingReply,
    @Param('call') call: string,
    @Query('alt') alt: unknown,
    @Body() body: unknown,
  ): Promise<void> {
    const { model = call, method = '' } = CALL.exec(call)?.groups ?? {};
    const answer = answerFor(method, model, alt);
    const path = `/v1/${PROJECT}/${MODELS}/:model:${method}`;
    return this.exchanges.serve({ request, reply, path, body: body ?? {}, dialect: GEMINI, answer, model });
  }

  @Get(MODELS)
  models(
    @Req() request: IncomingRequest,
    @Res() reply: OutgoingReply,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const answer = () => answerPublisherModels(query);
    return this.exchanges.serve({ request, reply, path: `/v1/${MODELS}`, body: undefined, dialect: GEMINI, answer });
  }

  @Get(`${MODELS}/:model`)
  model(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Param('model') model: string): Promise<void> {
    const answer = () => answerPublisherModel(model);
    const path = `/v1/${MODELS}/:model`;
    return this.exchanges.serve({ request, reply, path, body: undefined, dialect: GEMINI, answer, model });
  }
}
