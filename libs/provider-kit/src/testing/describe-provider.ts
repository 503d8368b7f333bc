/// <reference types="jest" />
import { type Capability } from '@switchyard/contract';
import { type CapabilityTable, type ProviderSubject } from './fixtures.js';
import { useHarness } from './harness.js';
import { describeFaults } from './suites/faults.js';
import { describeLimits } from './suites/limits.js';
import { describeModels, describeReplies } from './suites/replies.js';
import { describeSecrets } from './suites/secrets.js';
import { describeStreams } from './suites/streams.js';

/** Which row of the table proves which capability of the description. */
const PROOF: Partial<Record<Capability, keyof CapabilityTable>> = {
  generation: 'generate',
  code: 'code',
  tools: 'tools',
  json: 'json',
  image_input: 'imageInput',
  audio_input: 'audioInput',
  file_input: 'fileInput',
  embedding: 'embed',
  image: 'image',
};

/** The rows whose capability is a method of the provider. */
const METHODS = ['generate', 'stream', 'embed', 'image'] as const satisfies readonly (keyof CapabilityTable)[];

/**
 * The one suite that every adapter passes: what it sends and reads for each capability, streams in slices of all sizes,
 * refusals, broken connections, limits, cancelling, usage, secrets. To be called at the top of a spec.
 */
export function describeProvider(name: string, subject: ProviderSubject): void {
  describe(name, () => {
    const harness = useHarness(subject);
    const { capabilities, description } = subject;

    it('is described as what it is', () => {
      const provider = harness.provider();
      for (const method of METHODS) {
        expect({ [method]: provider[method] !== undefined }).toEqual({
          [method]: capabilities[method] !== 'unsupported',
        });
      }
      expect(description.streaming).toBe(capabilities.stream !== 'unsupported');
      for (const [capability, row] of Object.entries(PROOF)) {
        const claimed = description.capabilities.some((one) => one === capability);
        expect({ [capability]: claimed }).toEqual({ [capability]: capabilities[row] !== 'unsupported' });
      }
    });

    describe('replies', () => describeReplies(subject, harness));
    describe('models', () => describeModels(subject, harness));
    describe('streams', () => describeStreams(subject, harness));
    describe('faults', () => describeFaults(subject, harness));
    describe('limits', () => describeLimits(subject, harness));
    describe('secrets', () => describeSecrets(subject, harness));
  });
}
