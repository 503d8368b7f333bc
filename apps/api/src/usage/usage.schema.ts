import { USAGE_DIMENSIONS } from '@switchyard/budget';
import { FIGURE_SCHEMAS } from './usage-figures.js';

const time = { type: 'string', format: 'date-time' };
const text = { type: ['string', 'null'] };
const count = { type: ['integer', 'null'] };
const figures = { type: 'object', required: Object.keys(FIGURE_SCHEMAS), properties: FIGURE_SCHEMAS };

const dimensions = {
  model: { type: 'string' },
  provider: { type: 'string' },
  tenant: { type: 'string' },
  key: { ...text, description: 'Null for a cost that was booked and belongs to no key.' },
  day: { type: 'string', format: 'date', description: 'In UTC.' },
};

/** The answer of `GET /v1/admin/usage`. */
export const USAGE_REPORT_SCHEMA = {
  type: 'object',
  required: ['from', 'to', 'groupBy', 'data', 'total'],
  properties: {
    from: time,
    to: { ...time, description: 'The first moment that is not counted.' },
    groupBy: { type: 'array', items: { type: 'string', enum: USAGE_DIMENSIONS } },
    data: {
      type: 'array',
      description: 'A row for each group that has usage, in the order of their names.',
      items: { ...figures, properties: { ...dimensions, ...FIGURE_SCHEMAS } },
    },
    total: { ...figures, description: 'All rows together.' },
  },
};

const booking = {
  id: { type: 'string', examples: ['booking_0193a5b2c4d87f3e9a1b2c3d4e5f6071'] },
  tenant: { type: 'string' },
  key: text,
  provider: { type: 'string' },
  model: { type: 'string' },
  cost: { type: 'string', description: 'Dollars, a decimal string.', examples: ['12.50'] },
  promptTokens: count,
  completionTokens: count,
  description: text,
  bookedAt: time,
};

/** The answer of `POST /v1/admin/usage`. */
export const BOOKING_SCHEMA = { type: 'object', required: Object.keys(booking), properties: booking };
