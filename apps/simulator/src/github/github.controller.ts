import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import type { Answer, Answerer } from '../exchange/dialect.js';
import { Exchanges, type IncomingRequest, type OutgoingReply } from '../exchange/exchanges.js';
import { answerChat } from '../openai/answer-chat.js';
import { answerEmbeddings } from '../openai/answer-embeddings.js';
import { GITHUB } from './github-dialect.js';

/** As the catalogue describes a model, as far as it matters to a gateway. */
const CATALOG = [
  { id: 'simulator/sim-chat', supported_input_modalities: ['text', 'image'], supported_output_modalities: ['text'] },
  { id: 'simulator/sim-embedding', supported_input_modalities: ['text'], supported_output_modalities: ['embeddings'] },
];

const ROUTES = ['inference', 'orgs/:organization/inference'];

/** The routes of GitHub Models (https://docs.github.com/rest/models). */
@Controller()
export class GithubController {
  constructor(private readonly exchanges: Exchanges) {}

  @Post(ROUTES.map((route) => `${route}/chat/completions`))
  chat(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.post('chat/completions', request, reply, body, answerChat);
  }

  @Post(ROUTES.map((route) => `${route}/embeddings`))
  embeddings(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.post('embeddings', request, reply, body, answerEmbeddings);
  }

  @Get('catalog/models')
  models(@Req() request: IncomingRequest, @Res() reply: OutgoingReply): Promise<void> {
    const answer = (): Answer => ({ kind: 'json', body: CATALOG });
    return this.exchanges.serve({ request, reply, path: '/catalog/models', body: undefined, dialect: GITHUB, answer });
  }

  private post(
    route: string,
    request: IncomingRequest,
    reply: OutgoingReply,
    body: unknown,
    answer: Answerer,
  ): Promise<void> {
    const path = `/inference/${route}`;
    return this.exchanges.serve({ request, reply, path, body: body ?? {}, dialect: GITHUB, answer });
  }
}
