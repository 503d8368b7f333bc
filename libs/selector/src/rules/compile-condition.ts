import {
  CODE_TASK,
  CODE_TASK_TYPES,
  type NumberCondition,
  type RoutingCondition,
  type TextCondition,
} from '@switchyard/contract';
import { compileTime } from './compile-time.js';
import type { Facts } from './facts.js';

/** What has to be worked out before a test can be made; the cheaper tests come first. */
const EFFORT = { none: 0, clock: 1, tokens: 2, classifier: 3 } as const;

interface Test {
  readonly effort: number;
  readonly holds: (facts: Facts) => boolean;
}

const METADATA_KEY = 'metadata.';

/** Compiles what `when` of a rule says; absent, it always holds. */
export function compileCondition(condition: RoutingCondition = {}): (facts: Facts) => boolean {
  return testOf(condition).holds;
}

function testOf(condition: RoutingCondition): Test {
  const { tenant, userId, metadata = {}, time, tokens, complexity, taskType, all = [], any, not } = condition;
  const tests: Test[] = [];
  const add = (effort: number, holds: Test['holds']): number => tests.push({ effort, holds });

  const ofMetadata = Object.entries(metadata);
  for (const key of Object.keys(condition)) {
    if (isMetadataKey(key)) ofMetadata.push([key.slice(METADATA_KEY.length), condition[key] ?? {}]);
  }
  for (const [key, wanted] of ofMetadata) {
    const meets = textTest(wanted);
    add(EFFORT.none, (facts) => meets(Object.hasOwn(facts.metadata, key) ? facts.metadata[key] : undefined));
  }
  if (tenant !== undefined) {
    const meets = textTest(tenant);
    add(EFFORT.none, (facts) => meets(facts.tenant));
  }
  if (userId !== undefined) {
    const meets = textTest(userId);
    add(EFFORT.none, (facts) => meets(facts.userId ?? undefined));
  }
  if (time) {
    const meets = compileTime(time);
    add(EFFORT.clock, (facts) => meets(facts.now));
  }
  if (tokens !== undefined) {
    const meets = numberTest(tokens);
    add(EFFORT.tokens, (facts) => meets(facts.tokens));
  }
  if (taskType !== undefined) {
    const meets = textTest(withTypesOfCode(taskType));
    add(EFFORT.classifier, (facts) => facts.task !== undefined && meets(facts.task.type));
  }
  if (complexity !== undefined) {
    const meets = numberTest(complexity);
    add(EFFORT.classifier, (facts) => facts.task !== undefined && meets(facts.task.complexity));
  }
  tests.push(...all.map(testOf));
  if (any) tests.push(either(any.map(testOf)));
  if (not) tests.push(opposite(testOf(not)));
  return both(tests);
}

function isMetadataKey(key: string): key is `metadata.${string}` {
  return key.startsWith(METADATA_KEY);
}

function both(tests: readonly Test[]): Test {
  const inOrder = tests.toSorted((one, other) => one.effort - other.effort);
  return {
    effort: inOrder.at(-1)?.effort ?? EFFORT.none,
    holds: (facts) => inOrder.every((test) => test.holds(facts)),
  };
}

function either(tests: readonly Test[]): Test {
  const inOrder = tests.toSorted((one, other) => one.effort - other.effort);
  return { effort: inOrder.at(-1)?.effort ?? EFFORT.none, holds: (facts) => inOrder.some((test) => test.holds(facts)) };
}

function opposite({ effort, holds }: Test): Test {
  return { effort, holds: (facts) => !holds(facts) };
}

function numberTest(wanted: NumberCondition): (value: number) => boolean {
  if (typeof wanted === 'number') return (value) => value === wanted;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity, eq, ne } = wanted;
  return (value) =>
    value > gt && value >= gte && value < lt && value <= lte && (eq === undefined || value === eq) && value !== ne;
}

function textTest(wanted: TextCondition): (value: string | undefined) => boolean {
  if (typeof wanted === 'string') return (value) => value === wanted;
  const { eq, ne } = wanted;
  const among = wanted.in && new Set(wanted.in);
  const apart = new Set(wanted.notIn);
  return (value) => {
    if (value === undefined) return eq === undefined && among === undefined;
    return (eq === undefined || value === eq) && value !== ne && (!among || among.has(value)) && !apart.has(value);
  };
}

/** `code` is no type that a task has: it stands for several. */
function withTypesOfCode(wanted: TextCondition): TextCondition {
  if (typeof wanted === 'string') return wanted === CODE_TASK ? { in: CODE_TASK_TYPES } : wanted;
  const { eq, ne, notIn = [] } = wanted;
  const among =
    eq === undefined ? wanted.in : wanted.in && [...expand([eq])].filter((type) => expand(wanted.in).has(type));
  const wantedTypes = among ?? (eq === undefined ? undefined : [eq]);
  return {
    ...(wantedTypes ? { in: [...expand(wantedTypes)] } : {}),
    notIn: [...expand(ne === undefined ? notIn : [...notIn, ne])],
  };
}

function expand(types: readonly string[] = []): ReadonlySet<string> {
  return new Set(types.flatMap((type): readonly string[] => (type === CODE_TASK ? CODE_TASK_TYPES : [type])));
}
