import type { ResolvedModel } from '@switchyard/registry';
import type { Needs, Obstacle } from './judge-model.js';

/** Why a model cannot take a job, in words for the user. */
export function describeObstacle(model: ResolvedModel, obstacle: Obstacle, { windowTokens, counted }: Needs): string {
  switch (obstacle.kind) {
    case 'capability':
      return `cannot do ${obstacle.capability}`;
    case 'unsupported':
      return `its provider ${model.provider} is of the kind ${model.providerKind}, which this version cannot serve yet`;
    case 'disabled':
      return `its provider ${model.provider} is switched off (modules.${model.provider})`;
    case 'not_local':
      return 'is not local';
    case 'permission':
      return `needs the permission "${obstacle.permission}", which the key does not have`;
    case 'window': {
      const needed = `${counted ? '' : 'at least '}${windowTokens}`;
      return `its window of ${obstacle.contextWindow} tokens is too small for ${needed}`;
    }
  }
}
