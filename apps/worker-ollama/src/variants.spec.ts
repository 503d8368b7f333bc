import { type ModelSettings } from '@switchyard/contract';
import { checkQuantization, servedModel, variantOf } from './variants.js';

const settings = {
  id: 'small',
  provider: 'ollama',
  capabilities: ['generation'],
  price: {} as ModelSettings['price'],
  params: {},
  versions: {},
  fallbackModels: [],
} as const;

describe('variants', () => {
  it.each([
    ['llama3.1:8b-instruct-fp16', 4, 'llama3.1:8b-instruct-q4_K_M', 'q4_K_M'],
    ['llama3.1:8b-instruct', 8, 'llama3.1:8b-instruct-q8_0', 'q8_0'],
    ['llama3.1', 16, 'llama3.1:fp16', 'f16'],
    ['llama3.1:latest', 4, 'llama3.1:q4_K_M', 'q4_K_M'],
    ['host:5000/team/model', 4, 'host:5000/team/model:q4_K_M', 'q4_K_M'],
    ['hf.co/team/model:F32', 8, 'hf.co/team/model:q8_0', 'q8_0'],
  ])('of %s in %i bits is %s', (from, bits, name, quantize) => {
    const options = { quantization: { bits } };
    expect(variantOf(from, options)).toEqual({ name, from, quantize });
    expect(servedModel({ providerModel: from, options })).toBe(name);
  });

  it('are only made where they are asked for', () => {
    expect(servedModel({ providerModel: 'llama3.1', options: { keepLoadedMs: 5 } })).toBe('llama3.1');
    expect(servedModel({ providerModel: 'llama3.1' })).toBe('llama3.1');
  });

  it.each(['llama3:8b-instruct-q4_0', 'llama3:8b-q8_0', 'hf.co/a/b:Q4_K_M', 'hf.co/a/b:IQ3_XXS', 'gpt-oss:20b-mxfp4'])(
    'are refused of what is quantized already, by name: %s',
    (providerModel) => {
      const model = { ...settings, providerModel, options: { quantization: { bits: 8 } } };
      expect(() => checkQuantization(model)).toThrow(`models.small.quantization has no variant: ${providerModel} is`);
      expect(() =>
        checkQuantization({ ...model, providerModel: 'llama3:8b-fp16', versions: { v1: { providerModel } } }),
      ).toThrow(`${providerModel} is quantized already`);
    },
  );

  it('are refused for bits that Ollama has no word for', () => {
    const model = { ...settings, providerModel: 'llama3', options: { quantization: { bits: 5 } } };
    expect(() => checkQuantization(model)).toThrow('models.small.quantization has no variant in Ollama');
    expect(() => checkQuantization({ ...model, options: { quantization: { bits: 8 } } })).not.toThrow();
  });
});
