import { Controller, Get, Redirect, SetMetadata } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { NO_KEY_NEEDED } from '@switchyard/telemetry';

/** Leads whoever opens the address in a browser to the description of the API. */
@ApiExcludeController()
@SetMetadata(NO_KEY_NEEDED, true)
@Controller()
export class HomeController {
  @Get()
  @Redirect('/docs', 302)
  home(): void {}
}
