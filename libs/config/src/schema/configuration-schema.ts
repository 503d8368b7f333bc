import { ADAPTERS, CONTENT_RULES, FALLBACK_ON, GENERATORS, LOG_LEVELS, PROMPT_TEMPLATES } from './answer-schema.js';
import { BUDGETS, LIMITS, RATE_LIMITS, RETENTION, TENANTS, WEBHOOKS } from './limit-schema.js';
import { CACHE, MODEL, ON_TIMEOUT } from './model-schema.js';
import { PROVIDER } from './provider-schema.js';
import { ACCESS_POLICIES, CONDITION, EXPERIMENTS, LOAD_BALANCERS, ROUTING_RULES } from './routing-schema.js';
import { listOf, mapOf, SWITCH, TEXT, type Schema } from './schema.js';

/** Everything that a configuration file may say, second spellings aside. */
export const CONFIGURATION_SCHEMA: Schema = {
  type: 'object',
  properties: {
    modules: { type: 'object', additionalProperties: SWITCH },
    providers: mapOf(PROVIDER, 'short-name'),
    models: listOf(MODEL),
    aliases: mapOf(TEXT, 'name'),
    defaultProvider: TEXT,
    fallbackChain: { ...listOf(TEXT), uniqueItems: true },
    fallbackOn: FALLBACK_ON,
    routingRules: ROUTING_RULES,
    loadBalancers: LOAD_BALANCERS,
    experiments: EXPERIMENTS,
    accessPolicies: ACCESS_POLICIES,
    budgets: BUDGETS,
    rateLimits: RATE_LIMITS,
    limits: LIMITS,
    contentRules: CONTENT_RULES,
    promptTemplates: PROMPT_TEMPLATES,
    generators: GENERATORS,
    adapters: ADAPTERS,
    cache: CACHE,
    retention: RETENTION,
    tenants: TENANTS,
    webhooks: WEBHOOKS,
    customModel: TEXT,
    onTimeout: ON_TIMEOUT,
    logLevels: LOG_LEVELS,
  },
  additionalProperties: false,
  $defs: { condition: CONDITION },
};
