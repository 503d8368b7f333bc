import { Module, type DynamicModule } from '@nestjs/common';
import { OperationsModule, type Logger, type Metrics } from '@switchyard/telemetry';
import { AnthropicController } from './anthropic/anthropic.controller.js';
import { AzureController } from './azure/azure.controller.js';
import { Exchanges, LOGGER } from './exchange/exchanges.js';
import { GeminiController } from './gemini/gemini.controller.js';
import { GithubController } from './github/github.controller.js';
import { HuggingfaceController } from './huggingface/huggingface.controller.js';
import { ImagesController } from './images/images.controller.js';
import { ModelsController } from './models/models.controller.js';
import { ModelStore } from './ollama/model-store.js';
import { OllamaController } from './ollama/ollama.controller.js';
import { OpenaiController } from './openai/openai.controller.js';
import { WebUiController } from './stable-diffusion/web-ui.controller.js';
import { TrafficController } from './traffic/traffic.controller.js';
import { METRICS, Traffic } from './traffic/traffic.js';

interface SimulatorOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The vendor that needs nothing. Each dialect is a folder with a controller of its own. */
@Module({})
export class SimulatorModule {
  static forRoot({ logger, metrics }: SimulatorOptions): DynamicModule {
    return {
      module: SimulatorModule,
      imports: [OperationsModule.forRoot({ readiness: [], metrics, logger })],
      controllers: [
        OpenaiController,
        AzureController,
        GithubController,
        AnthropicController,
        GeminiController,
        HuggingfaceController,
        OllamaController,
        WebUiController,
        ModelsController,
        ImagesController,
        TrafficController,
      ],
      providers: [
        Exchanges,
        Traffic,
        ModelStore,
        { provide: LOGGER, useValue: logger },
        { provide: METRICS, useValue: metrics },
      ],
    };
  }
}
