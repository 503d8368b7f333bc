import type { ReadPrompt } from './read-prompt.js';
import type { TaskType } from '@switchyard/contract';

/** How hard a task of each type is by itself. */
const BASE: Readonly<Record<TaskType, number>> = {
  general: 0.1,
  documentation: 0.2,
  code_explanation: 0.2,
  testing: 0.3,
  code_generation: 0.3,
  code_review: 0.35,
  refactoring: 0.35,
  planning: 0.4,
};

/** Words that make a task harder: many parts, many at once, much at stake, proof asked for. */
const HARD: ReadonlySet<string> = new Set([
  'distributed',
  'concurrent',
  'concurrency',
  'scalable',
  'scale',
  'optimize',
  'optimal',
  'performance',
  'architecture',
  'security',
  'secure',
  'encryption',
  'consensus',
  'transactions',
  'atomic',
  'lock-free',
  'thread-safe',
  'parallel',
  'real-time',
  'fault-tolerant',
  'resilient',
  'migration',
  'migrate',
  'microservices',
  'multi-tenant',
  'sharding',
  'replication',
  'consistency',
  'idempotent',
  'proof',
  'prove',
  'trade-offs',
  'tradeoffs',
  'constraints',
  'compliance',
  'zero-downtime',
  'backwards-compatible',
  'compiler',
  'algorithm',
  'complexity',
  'recursive',
  'asynchronous',
  'end-to-end',
  'production',
  'production-ready',
  'legacy',
  'regulatory',
  'millions',
  'latency',
  'throughput',
  'exactly-once',
]);

/** Words that make it easier. */
const EASY: ReadonlySet<string> = new Set([
  'simple',
  'basic',
  'short',
  'quick',
  'brief',
  'easy',
  'beginner',
  'trivial',
  'one-line',
  'tiny',
  'hello',
]);

/**
 * How hard a task is, from 0 to 1: what its type is by itself, how much is said and asked for, how much code is given,
 * and words that make it harder or easier. Each part has a bound, so that no one of them decides alone.
 */
export function measureComplexity({ words, codeLines, points, length }: ReadPrompt, type: TaskType): number {
  const hard = new Set(words.filter((word) => HARD.has(word))).size;
  const easy = new Set(words.filter((word) => EASY.has(word))).size;
  const joints = words.filter((word) => word === 'and' || word === 'then' || word === 'also' || word === 'with').length;
  const sum =
    BASE[type] +
    upTo(0.3, hard * 0.08) +
    upTo(0.2, Math.log2(1 + length / 200) * 0.05) +
    upTo(0.1, codeLines * 0.005) +
    upTo(0.15, points * 0.03) +
    upTo(0.1, joints * 0.02) -
    upTo(0.2, easy * 0.1);
  return Math.round(Math.min(1, Math.max(0, sum)) * 100) / 100;
}

function upTo(bound: number, value: number): number {
  return Math.min(bound, value);
}
