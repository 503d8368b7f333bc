import { Module, ValidationPipe, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { COLLECTION_NAMES } from '@switchyard/config';
import { OperationsModule } from '@switchyard/telemetry';
import { AdminController } from './admin/admin.controller.js';
import { API_CONTEXT, type ApiContext } from './api-context.js';
import { BudgetsController } from './budgets/budgets.controller.js';
import { BudgetsService } from './budgets/budgets.service.js';
import { ConfigurationController } from './control-plane/configuration.controller.js';
import { ControlPlaneService } from './control-plane/control-plane.service.js';
import { entriesController } from './control-plane/entries.controller.js';
import { MakeKeyController } from './control-plane/make-key.controller.js';
import { ModelVersionsController } from './control-plane/model-versions.controller.js';
import { KeyGuard } from './authentication/key.guard.js';
import { ErrorFilter } from './errors/error.filter.js';
import { refuseInvalidFields } from './errors/invalid-fields.js';
import { ExperimentsController } from './experiments/experiments.controller.js';
import { ExperimentsService } from './experiments/experiments.service.js';
import { FilesController } from './files/files.controller.js';
import { FilesService } from './files/files.service.js';
import { HomeController } from './home.controller.js';
import { InferenceController } from './inference/inference.controller.js';
import { InferenceService } from './inference/inference.service.js';
import { FeedbackController } from './jobs/feedback.controller.js';
import { FeedbackService } from './jobs/feedback.service.js';
import { JobsController } from './jobs/jobs.controller.js';
import { JobsService } from './jobs/jobs.service.js';
import { LanesController } from './lanes/lanes.controller.js';
import { LanesService } from './lanes/lanes.service.js';
import { ModelCheckController } from './models/model-check.controller.js';
import { ModelsController } from './models/models.controller.js';
import { ProviderHealthController } from './providers/provider-health.controller.js';
import { ProviderHealthService } from './providers/provider-health.service.js';
import { ProvidersController } from './providers/providers.controller.js';
import { RouteController } from './route/route.controller.js';
import { UsageController } from './usage/usage.controller.js';
import { UsageService } from './usage/usage.service.js';

/** Everything that answers over HTTP. */
@Module({})
export class ApiModule {
  static forRoot(context: ApiContext): DynamicModule {
    const { database, logger, metrics, queueModule } = context.app;
    return {
      module: ApiModule,
      imports: [
        queueModule,
        OperationsModule.forRoot({ readiness: [{ name: 'database', check: () => database.ping() }], metrics, logger }),
      ],
      controllers: [
        HomeController,
        JobsController,
        FeedbackController,
        FilesController,
        ProvidersController,
        ProviderHealthController,
        ModelCheckController,
        ModelsController,
        InferenceController,
        RouteController,
        BudgetsController,
        ExperimentsController,
        AdminController,
        UsageController,
        ConfigurationController,
        MakeKeyController,
        ModelVersionsController,
        LanesController,
        ...COLLECTION_NAMES.map(entriesController),
      ],
      providers: [
        JobsService,
        FeedbackService,
        FilesService,
        InferenceService,
        BudgetsService,
        ExperimentsService,
        UsageService,
        ProviderHealthService,
        ControlPlaneService,
        LanesService,
        { provide: API_CONTEXT, useValue: context },
        { provide: APP_GUARD, useClass: KeyGuard },
        { provide: APP_FILTER, useClass: ErrorFilter },
        {
          provide: APP_PIPE,
          useValue: new ValidationPipe({
            transform: true,
            whitelist: true,
            forbidNonWhitelisted: true,
            exceptionFactory: refuseInvalidFields,
          }),
        },
      ],
    };
  }
}
