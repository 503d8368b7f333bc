import { Body, Controller, Param, Post, Req, Res } from '@nestjs/common';
import { Exchanges, type IncomingRequest, type OutgoingReply } from '../exchange/exchanges.js';
import { answerEmbed } from './answer-embed.js';
import { HUGGINGFACE } from './huggingface-dialect.js';

const PIPELINE = 'hf-inference/models/:owner/:name/pipeline/feature-extraction';

/** Vectors as Hugging Face serves them; its text comes in OpenAI's dialect. */
@Controller()
export class HuggingfaceController {
  constructor(private readonly exchanges: Exchanges) {}

  /** Text Embeddings Inference: one model, which its address stands for. */
  @Post('embed')
  embed(@Req() request: IncomingRequest, @Res() reply: OutgoingReply, @Body() body: unknown): Promise<void> {
    return this.exchanges.serve({
      ...{ request, reply, path: '/embed', body: body ?? {} },
      ...{ dialect: HUGGINGFACE, answer: answerEmbed },
    });
  }

  /** A model of the hub, by Inference Providers; its name without its owner's may steer. */
  @Post(PIPELINE)
  extract(
    @Req() request: IncomingRequest,
    @Res() reply: OutgoingReply,
    @Body() body: unknown,
    @Param('name') name: string,
  ): Promise<void> {
    return this.exchanges.serve({
      ...{ request, reply, path: `/${PIPELINE}`, body: body ?? {}, model: name },
      ...{ dialect: HUGGINGFACE, answer: answerEmbed },
    });
  }
}
