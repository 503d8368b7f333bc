import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedKey, Scope } from '@switchyard/config';
import { GatewayError } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import { NO_KEY_NEEDED } from '@switchyard/telemetry';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { authenticate } from './authenticate.js';
import { NEEDED_SCOPE } from './needs-scope.js';
import { setSubmitter } from './submitter.js';

/** Lets a request through when its key may do what the route asks. Every route needs a key unless it says otherwise. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(
    @Inject(API_CONTEXT) private readonly context: ApiContext,
    private readonly reflector: Reflector,
  ) {}

  canActivate(execution: ExecutionContext): boolean {
    const targets = [execution.getHandler(), execution.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(NO_KEY_NEEDED, targets) === true) return true;
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const key = authenticate(request, this.context.keys);
    const needed = this.reflector.getAllAndOverride<Scope | undefined>(NEEDED_SCOPE, targets) ?? 'jobs';
    if (!key.scopes.includes(needed) && !key.scopes.includes('admin')) {
      throw new GatewayError('permission_error', `This key lacks the scope "${needed}"; use one that has it.`);
    }
    setSubmitter(request, { key, ...this.tenantOf(request, key) });
    return true;
  }

  /** An admin key may act for any tenant; another key only for its own, whatever the header says. */
  private tenantOf(request: FastifyRequest, key: AuthenticatedKey): Pick<Submitter, 'tenantId' | 'tenant'> {
    const name = request.headers['x-tenant'];
    if (typeof name !== 'string' || !key.scopes.includes('admin')) {
      return { tenantId: key.tenantId, tenant: key.tenant };
    }
    const tenantId = this.context.keys.tenantId(name);
    if (tenantId === undefined) {
      throw new GatewayError('invalid_request_error', 'The tenant in `x-tenant` does not exist.', {
        param: 'x-tenant',
      });
    }
    return { tenantId, tenant: name };
  }
}
