import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import { isRecord } from '../content/record.js';
import type { Answerer } from '../exchange/dialect.js';
import { Exchanges, type IncomingRequest, type OutgoingReply } from '../exchange/exchanges.js';
import { answerChat } from './answer-chat.js';
import { answerEmbed } from './answer-embed.js';
import { answerCreate, answerPull, answerShow, answerTags } from './answer-models.js';
import { readModel } from './chat-request.js';
import { ModelStore } from './model-store.js';
import { absent, OLLAMA } from './ollama-dialect.js';

/** The routes of Ollama's API that a gateway calls. */
@Controller('api')
export class OllamaController {
  constructor(
    private readonly exchanges: Exchanges,
    private readonly store: ModelStore,
  ) {}

  @Post('chat')
  chat(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.serve('/api/chat', request, reply, body, this.withModel(answerChat));
  }

  @Post('embed')
  embed(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.serve('/api/embed', request, reply, body, this.withModel(answerEmbed));
  }

  @Post('show')
  show(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.serve('/api/show', request, reply, body, answerShow(this.store));
  }

  @Post('pull')
  pull(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.serve('/api/pull', request, reply, body, answerPull(this.store));
  }

  @Post('create')
  create(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.serve('/api/create', request, reply, body, answerCreate(this.store));
  }

  @Get('tags')
  tags(@Req() request: IncomingRequest, @Res() reply: OutgoingReply): Promise<void> {
    return this.serve('/api/tags', request, reply, undefined, () => answerTags(this.store));
  }

  private serve(
    path: string,
    request: IncomingRequest,
    reply: OutgoingReply,
    body: unknown,
    answer: Answerer,
  ): Promise<void> {
    const name = isRecord(body) ? (body['model'] ?? body['name']) : undefined;
    const model = typeof name === 'string' ? { model: name } : {};
    return this.exchanges.serve({ request, reply, path, body, dialect: OLLAMA, answer, ...model });
  }

  /** Refuses what is asked of a model that is not there. */
  private withModel(answer: Answerer): Answerer {
    return (body, context) => {
      const name = readModel(body);
      if (!this.store.find(name)) throw absent(name);
      return answer(body, context);
    };
  }
}
