/** What a prompt may ask for; `general` is everything else. */
export const TASK_TYPES = [
  'code_generation',
  'code_explanation',
  'code_review',
  'planning',
  'refactoring',
  'testing',
  'documentation',
  'general',
] as const;
export type TaskType = (typeof TASK_TYPES)[number];

/** Stands for {@link CODE_TASK_TYPES} in rules and requests. */
export const CODE_TASK = 'code';

/** What `code` stands for. */
export const CODE_TASK_TYPES = [
  'code_generation',
  'code_explanation',
  'code_review',
  'refactoring',
  'testing',
] as const satisfies readonly TaskType[];
