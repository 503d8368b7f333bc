import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import type { Answerer } from '../exchange/dialect.js';
import { Exchanges, type IncomingRequest, type OutgoingReply } from '../exchange/exchanges.js';
import { answerChat } from './answer-chat.js';
import { answerEmbeddings } from './answer-embeddings.js';
import { answerImages } from './answer-images.js';
import { answerModerations } from './answer-moderations.js';
import { OPENAI } from './openai-dialect.js';

/** The routes of OpenAI's API that a gateway calls. Groq and the `v1` of Azure have them below another path. */
@Controller(['v1', 'openai/v1'])
export class OpenaiController {
  constructor(private readonly exchanges: Exchanges) {}

  @Post('chat/completions')
  chat(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.post('chat/completions', request, reply, body, answerChat);
  }

  @Post('embeddings')
  embeddings(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.post('embeddings', request, reply, body, answerEmbeddings);
  }

  @Post('images/generations')
  images(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.post('images/generations', request, reply, body, answerImages);
  }

  @Post('moderations')
  moderations(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.post('moderations', request, reply, body, answerModerations);
  }

  private post(
    route: string,
    request: IncomingRequest,
    reply: OutgoingReply,
    body: unknown,
    answer: Answerer,
  ): Promise<void> {
    // A request without a body gets told what it lacks.
    return this.exchanges.serve({ request, reply, path: `/v1/${route}`, body: body ?? {}, dialect: OPENAI, answer });
  }
}
