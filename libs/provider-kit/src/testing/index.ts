export { describeProvider } from './describe-provider.js';
export {
  startFaultServer,
  startSilentServer,
  unusedUrl,
  type FaultServer,
  type RecordedRequest,
  type Script,
} from './fault-server.js';
export {
  CANARY_KEY,
  type CapabilityTable,
  type ErrorFixture,
  type Exchange,
  type GenerateFixtures,
  type ListFixture,
  type ModelInfoFixtures,
  type ProviderSubject,
  type SentRequest,
  type StreamFixtures,
  type ToolFixtures,
  type UsageVariant,
  type WithUsage,
} from './fixtures.js';
export { PATIENT } from './harness.js';
export { withAnthropicUsage } from './anthropic-usage.js';
export { withOpenAiUsage } from './openai-usage.js';
export {
  answer,
  answerInSlices,
  cutAfter,
  drip,
  eventStream,
  json,
  jsonLines,
  reset,
  resetAfter,
  silence,
  silenceAfter,
  type WireAnswer,
} from './scripts.js';
export {
  answerToken,
  startTokenServer,
  TOKEN_CLIENT,
  type TokenRequest,
  type TokenScript,
  type TokenServer,
} from './token-server.js';
