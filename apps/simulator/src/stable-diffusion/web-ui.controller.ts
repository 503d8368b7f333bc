import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import { isRecord } from '../content/record.js';
import type { Answerer } from '../exchange/dialect.js';
import { Exchanges, type IncomingRequest, type OutgoingReply } from '../exchange/exchanges.js';
import { answerCheckpoints, answerImages } from './answer-images.js';
import { WEB_UI } from './web-ui-dialect.js';

/** The routes of the Stable Diffusion web UI that a gateway calls. */
@Controller('sdapi/v1')
export class WebUiController {
  constructor(private readonly exchanges: Exchanges) {}

  @Post('txt2img')
  images(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.serve('/sdapi/v1/txt2img', request, reply, body ?? {}, answerImages);
  }

  @Get('sd-models')
  checkpoints(@Req() request: IncomingRequest, @Res() reply: OutgoingReply): Promise<void> {
    return this.serve('/sdapi/v1/sd-models', request, reply, undefined, answerCheckpoints);
  }

  /** A checkpoint steers as the name of a model does elsewhere. */
  private serve(
    path: string,
    request: IncomingRequest,
    reply: OutgoingReply,
    body: unknown,
    answer: Answerer,
  ): Promise<void> {
    const settings = isRecord(body) ? body['override_settings'] : undefined;
    const checkpoint = isRecord(settings) ? settings['sd_model_checkpoint'] : undefined;
    const model = typeof checkpoint === 'string' ? { model: checkpoint } : {};
    return this.exchanges.serve({ request, reply, path, body, dialect: WEB_UI, answer, ...model });
  }
}
