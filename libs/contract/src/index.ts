export { ZERO_USD, formatUsd, nanoUsd, parseUsd, type NanoUsd } from './money.js';
export {
  fileIdFromUuid,
  jobIdFromUuid,
  parseFileId,
  parseJobId,
  uuidOfFile,
  uuidOfJob,
  type FileId,
  type JobId,
} from './identifiers.js';
export {
  CAPABILITIES,
  CAPABILITY_OF_JOB,
  JOB_TYPES,
  KINDS_WITH_SECRET,
  LOCAL_KINDS,
  PROVIDER_KINDS,
  type Capability,
  type JobType,
  type ProviderKind,
} from './kinds.js';
export {
  CALL_TIMEOUT,
  CallTimeoutError,
  DEFAULT_FALLBACK_ON,
  ERROR_TYPES,
  FALLBACK_KINDS,
  GatewayError,
  PROVIDER_ERROR_CODES,
  ProviderError,
  type AttemptVerdict,
  type ErrorBody,
  type ErrorTypeName,
  type FallbackKind,
  type FallbackOn,
  type ProviderErrorCode,
  type RefusedParameter,
} from './errors.js';
export {
  AUDIO_FORMATS,
  type AudioFormat,
  type ContentPart,
  type JsonOutput,
  type Message,
  type ModelRequest,
  type ToolCall,
  type ToolChoice,
  type ToolDefinition,
} from './model-request.js';
export type {
  EmbeddingResult,
  FinishReason,
  GeneratedImage,
  ImageResult,
  JobResult,
  ModelResponse,
  Usage,
} from './results.js';
export type {
  Availability,
  CallContext,
  EmbedReply,
  GenerateReply,
  ImageReply,
  ListedModel,
  ModelCall,
  Preparation,
  Provider,
  ProviderDescription,
  StreamPart,
} from './provider.js';
export { AUTH_KINDS, type AuthKind, type AuthStatus, type ProviderAuth, type TokenReport } from './authentication.js';
export type {
  CallTimeouts,
  ModelSettings,
  ModelVersionSettings,
  Price,
  PriceStep,
  ProviderSettings,
  RateLimitSettings,
} from './settings.js';
export type { RateState } from './rate-limits.js';
export {
  JOB_STATUSES,
  TERMINAL_STATUSES,
  isTerminal,
  type AttemptOutcome,
  type AttemptView,
  type ChoiceView,
  type JobStatus,
  type JobView,
  type PlanTargetView,
  type TaskView,
  type TerminalStatus,
  type WaitingView,
} from './job.js';
export {
  BUDGET_PERIODS,
  BUDGET_RULES,
  budgetApplies,
  type BudgetPeriod,
  type BudgetRefusal,
  type BudgetRule,
  type BudgetScope,
  type BudgetSettings,
} from './budgets.js';
export {
  MAPPING_SLOTS,
  fillSlots,
  slotsOf,
  type JsonPointer,
  type JsonTemplate,
  type MappedCall,
  type MappedEmbed,
  type MappedGenerate,
  type MappedImage,
  type MappedModels,
  type MappedUsage,
  type MappingCallName,
  type ProviderMapping,
} from './mapping.js';
export { PROVIDER_DESCRIPTIONS, type ListedProvider } from './descriptions.js';
export { CODE_TASK, CODE_TASK_TYPES, TASK_TYPES, type TaskType } from './tasks.js';
export {
  BALANCING_STRATEGIES,
  PREFERENCES,
  WEEKDAYS,
  type BalancingStrategy,
  type LoadBalancerSettings,
  type NumberCondition,
  type NumberOperator,
  type Preference,
  type RoutingCondition,
  type RoutingRule,
  type TextCondition,
  type TimeCondition,
  type Weekday,
} from './routing.js';
