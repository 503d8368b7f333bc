import { Controller, Get, Param, Res } from '@nestjs/common';
import { drawImage } from '../content/draw-image.js';
import { Refusal } from '../refusal.js';
import { parseImageName } from './image-name.js';

interface Reply {
  header(name: string, value: string): Reply;
  send(body: Buffer): unknown;
}

/** Serves the images that answers point to; each is drawn again when it is asked for. */
@Controller('images')
export class ImagesController {
  @Get(':name')
  image(@Param('name') name: string, @Res() reply: Reply): void {
    const image = parseImageName(name);
    if (!image) throw new Refusal(404, 'There is no such image.');
    const png = drawImage(image.width, image.height, image.seed);
    reply.header('content-type', 'image/png').header('cache-control', 'public, max-age=86400, immutable').send(png);
  }
}
