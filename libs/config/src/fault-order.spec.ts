import { ConfigurationError } from './faults/configuration-error.js';
import { parseConfiguration, type ConfigurationText } from './parse-configuration.js';

function pathsOf(texts: readonly ConfigurationText[]): readonly string[] {
  try {
    parseConfiguration(texts, {});
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ path }) => path);
    throw error;
  }
}

describe('the faults of a configuration', () => {
  it('come in the order of the files, whichever check finds them', () => {
    const file = `
defaultProvider: nobody
generation: { provider: openai, config: { model_name: gpt-4, api_key: sk-0123456789, temperature: 9 } }
fallbackChain:
  - simulator
  - nothing
models:
  - id: one
    provider: simulator
    capabilities: [generation]
    contextWindow: 0
    price: \${PRICE_OF_ONE}
  - { id: two, provider: simulator, capabilities: [image], costPer1kTokens: { inpt: 1 } }
  - id: three
aliases: { one: two }
providers:
  simulator: { concurency: 1 }
aliases: { one: two }`;
    const layer = 'limits: 5\nproviders: { simulator: { local: maybe } }\ndefaultProvider: nobody';
    const texts = [
      { file: 'switchyard.yaml', text: file },
      { file: 'switchyard.test.yaml', text: layer },
    ];
    expect(pathsOf(texts)).toEqual([
      'generation.config.temperature',
      'fallbackChain[1]',
      'models[0].contextWindow',
      'models[0].price',
      'models[1].price',
      'models[1].costPer1kTokens.inpt',
      'models[2].provider',
      'models[2].capabilities',
      'models[2].price',
      'providers.simulator.concurency',
      'aliases',
      'aliases.one',
      'limits',
      'providers.simulator.local',
      'defaultProvider',
    ]);
  });

  it('come in the order of the lines in a file that is no YAML', () => {
    const places = pathsOf([{ file: 'a.yaml', text: 'a: *one\nb: !two x\nc: *three\nd: "' }]);
    expect(places.map((place) => Number(place.split(':')[1]))).toEqual([2, 4]);
  });
});
