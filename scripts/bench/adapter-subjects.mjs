import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama/browser';
import OpenAI from 'openai';
import { createProvider as createAnthropic } from '../../apps/worker-anthropic/dist/adapter.js';
import { createProvider as createOllama } from '../../apps/worker-ollama/dist/adapter.js';
import { createProvider as createOpenAi } from '../../apps/worker-openai/dist/adapter.js';
import { createProvider as createVertex } from '../../apps/worker-vertex/dist/adapter.js';

export const TIMEOUTS = { connectMs: 5_000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 600_000 };

const TEXT = 'The night mail rolls in on track 3, two minutes early. '.repeat(12);
const SYSTEM = 'You are terse, and know every train. '.repeat(8);
const MESSAGES = [
  { role: 'user', content: `When does it leave? ${TEXT}` },
  { role: 'assistant', content: 'At 7:42.' },
  { role: 'user', content: 'From which track?' },
];

const OLLAMA_HEAD = { model: 'llama3.2', created_at: '2026-11-21T08:14:04.279Z' };

const GEMINI = '/v1/projects/yard-1/locations/us-central1/publishers/google/models/gemini-2.5-flash';

/**
 * What is measured. Another adapter is another entry: how its vendor answers, its bare client, its provider.
 * @param pieces of text in each stream.
 */
export function adapterSubjects(pieces) {
  return [
    {
      name: 'openai',
      path: '/v1/chat/completions',
      answer: {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'gpt-4.1',
        choices: [{ index: 0, message: { role: 'assistant', content: TEXT, refusal: null }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 300, completion_tokens: 160, total_tokens: 460 },
      },
      *events() {
        const chunk = (delta, finish_reason = null) =>
          `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4.1', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
        yield chunk({ role: 'assistant', content: '' });
        for (let piece = 0; piece < pieces; piece += 1) yield chunk({ content: 'rolls in ' });
        yield chunk({}, 'stop');
        yield 'data: [DONE]\n\n';
      },
      open(url, fetch) {
        const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-bench', maxRetries: 0, ...(fetch && { fetch }) });
        const body = {
          model: 'gpt-4.1',
          messages: [{ role: 'system', content: SYSTEM }, ...MESSAGES],
          temperature: 0.5,
          max_tokens: 500,
        };
        return {
          generate: () => client.chat.completions.create(body),
          stream: async () =>
            drain(
              await client.chat.completions.create({ ...body, stream: true, stream_options: { include_usage: true } }),
            ),
        };
      },
      createProvider: (url) => createOpenAi(settingsOf('openai', `${url}/v1`)),
      call: {
        providerModel: 'gpt-4.1',
        request: { messages: MESSAGES, systemPrompt: SYSTEM, temperature: 0.5, maxTokens: 500 },
      },
    },
    {
      name: 'anthropic',
      path: '/v1/messages',
      answer: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude-opus-5',
        content: [{ type: 'text', text: TEXT, citations: null }],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: { input_tokens: 300, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 160 },
      },
      *events() {
        const event = (type, more) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
        const usage = { input_tokens: 300, output_tokens: 1 };
        yield event('message_start', {
          message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-5', content: [], usage },
        });
        yield event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
        for (let piece = 0; piece < pieces; piece += 1) {
          yield event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'rolls in ' } });
        }
        yield event('content_block_stop', { index: 0 });
        yield event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 160 } });
        yield event('message_stop', {});
      },
      open(url, fetch) {
        const client = new Anthropic({ baseURL: url, apiKey: 'sk-bench', maxRetries: 0, ...(fetch && { fetch }) });
        const body = { model: 'claude-opus-5', max_tokens: 500, system: SYSTEM, messages: MESSAGES };
        return {
          generate: () => client.messages.create(body),
          stream: async () => drain(await client.messages.create({ ...body, stream: true })),
        };
      },
      createProvider: (url) => createAnthropic(settingsOf('anthropic', `${url}/v1`)),
      call: { providerModel: 'claude-opus-5', request: { messages: MESSAGES, systemPrompt: SYSTEM, maxTokens: 500 } },
    },
    {
      name: 'vertex',
      path: `${GEMINI}:generateContent`,
      streamPath: `${GEMINI}:streamGenerateContent?alt=sse`,
      answer: {
        candidates: [{ content: { role: 'model', parts: [{ text: TEXT }] }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 300, candidatesTokenCount: 160, totalTokenCount: 460 },
        modelVersion: 'gemini-2.5-flash',
        responseId: 'r1',
      },
      *events() {
        const chunk = (text, rest, usageMetadata = { trafficType: 'ON_DEMAND' }) => {
          const candidates = [{ content: { role: 'model', parts: [{ text }] }, ...rest }];
          const head = { modelVersion: 'gemini-2.5-flash', responseId: 'r1' };
          return `data: ${JSON.stringify({ candidates, usageMetadata, ...head })}\r\n\r\n`;
        };
        for (let piece = 0; piece < pieces; piece += 1) yield chunk('rolls in ');
        const usage = { promptTokenCount: 300, candidatesTokenCount: 160, totalTokenCount: 460 };
        yield chunk('', { finishReason: 'STOP' }, usage);
      },
      open(url, fetch) {
        const client = new GoogleGenAI({
          vertexai: true,
          project: 'yard-1',
          location: 'us-central1',
          apiKey: 'sk-bench',
          apiVersion: 'v1',
          httpOptions: { baseUrl: url, ...(fetch && { fetch }) },
        });
        const request = {
          model: 'gemini-2.5-flash',
          contents: MESSAGES.map(({ role, content }) => ({
            role: role === 'user' ? 'user' : 'model',
            parts: [{ text: content }],
          })),
          config: { systemInstruction: SYSTEM, temperature: 0.5, maxOutputTokens: 500 },
        };
        return {
          generate: () => client.models.generateContent(request),
          stream: async () => drain(await client.models.generateContentStream(request)),
        };
      },
      createProvider: (url) => createVertex({ ...settingsOf('vertex', url), options: { project: 'yard-1' } }),
      call: {
        providerModel: 'gemini-2.5-flash',
        request: { messages: MESSAGES, systemPrompt: SYSTEM, temperature: 0.5, maxTokens: 500 },
      },
    },
    {
      name: 'ollama',
      path: '/api/chat',
      streamType: 'application/x-ndjson',
      answer: {
        ...OLLAMA_HEAD,
        message: { role: 'assistant', content: TEXT },
        done_reason: 'stop',
        done: true,
        prompt_eval_count: 300,
        eval_count: 160,
      },
      *events() {
        const line = (content, more) =>
          `${JSON.stringify({ ...OLLAMA_HEAD, message: { role: 'assistant', content }, ...more })}\n`;
        for (let piece = 0; piece < pieces; piece += 1) yield line('rolls in ', { done: false });
        yield line('', { done_reason: 'stop', done: true, prompt_eval_count: 300, eval_count: 160 });
      },
      open(url, fetch) {
        const client = new Ollama({ host: url, ...(fetch && { fetch }) });
        const body = {
          model: 'llama3.2',
          messages: [{ role: 'system', content: SYSTEM }, ...MESSAGES],
          options: { temperature: 0.5, num_predict: 500 },
        };
        return {
          generate: () => client.chat({ ...body, stream: false }),
          stream: async () => drain(await client.chat({ ...body, stream: true })),
        };
      },
      createProvider: (url) => createOllama(settingsOf('ollama', url)),
      call: {
        providerModel: 'llama3.2',
        request: { messages: MESSAGES, systemPrompt: SYSTEM, temperature: 0.5, maxTokens: 500 },
      },
    },
  ];
}

/** Reads a stream to its end. */
export async function drain(stream) {
  const parts = stream[Symbol.asyncIterator]();
  while (!(await parts.next()).done);
}

function settingsOf(kind, baseURL) {
  return {
    name: kind,
    kind,
    baseURL,
    apiKey: 'sk-bench',
    concurrency: 64,
    local: false,
    timeouts: TIMEOUTS,
    options: {},
  };
}
