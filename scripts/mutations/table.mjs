import { LIFE_MUTATIONS } from './life-of-a-job.mjs';
import { MONEY_MUTATIONS } from './money.mjs';

/**
 * What is taken away, and who must notice.
 * @typedef {object} Mutation
 * @property {string} name
 * @property {readonly (readonly [string, string, string])[]} edits A file, a text that is found once in it, and what is
 * put in its place.
 * @property {string} spec The file that must fail then.
 */

/**
 * What holds "one effect, whatever happens", each taken away in turn: the fence, the unique keys, the conditional updates,
 * the ledger's postings. Every one must make its spec fail.
 * @type {readonly Mutation[]}
 */
export const MUTATIONS = [...LIFE_MUTATIONS, ...MONEY_MUTATIONS];
