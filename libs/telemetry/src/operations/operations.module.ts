import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Draining } from './draining.js';
import { OperationsController } from './operations.controller.js';
import { OPERATIONS_OPTIONS, type OperationsOptions } from './operations-options.js';
import { Readiness } from './readiness.js';

/**
 * `GET /health/live`, `GET /health/ready` and `GET /metrics`, without a key. Ready when every check passes within two
 * seconds and the process is not draining (`app.get(Draining).begin()`).
 */
@Module({})
export class OperationsModule implements OnApplicationShutdown {
  constructor(@Inject(OPERATIONS_OPTIONS) private readonly options: OperationsOptions) {}

  static forRoot(options: OperationsOptions): DynamicModule {
    return {
      module: OperationsModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [OperationsController],
      providers: [Draining, Readiness, { provide: OPERATIONS_OPTIONS, useValue: options }],
      exports: [Draining],
    };
  }

  onApplicationShutdown(): void {
    this.options.metrics.close();
  }
}
