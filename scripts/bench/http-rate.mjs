import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Sends one body at a steady rate, whether the answers come or not. Latencies in milliseconds count from the instant at
 * which each request was due, so that a stall is seen by all that it held up.
 */
export async function sendAtRate({ url, headers, body, perSecond, requests }) {
  const agent = new Agent({ keepAlive: true });
  const began = performance.now();
  const answers = [];
  for (let number = 0; number < requests; number += 1) {
    const due = began + (number * 1_000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await delay(wait);
    answers.push(send({ url, headers, body, agent }).then((status) => ({ status, latency: performance.now() - due })));
  }
  const ended = await Promise.all(answers);
  agent.destroy();
  const refused = ended.find(({ status }) => status >= 300);
  if (refused) throw new Error(`A request was answered ${refused.status}.`);
  return { latencies: ended.map(({ latency }) => latency), statuses: ended.map(({ status }) => status) };
}

async function send({ url, headers, body, agent }) {
  return await new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode)).once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
