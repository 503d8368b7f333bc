import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { Refusal } from '../refusal.js';
import { Traffic } from './traffic.js';

const MOST = 10_000;

function readCount(value: unknown, name: string, standard: number): number {
  if (value === undefined) return standard;
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : -1;
  if (count < 0) throw new Refusal(400, `${name} must be a whole number from 0.`, { param: name });
  return count;
}

/** What tests and the curious ask: how much came, and what became of each request. */
@Controller()
export class TrafficController {
  constructor(private readonly traffic: Traffic) {}

  @Get('stats')
  stats(): unknown {
    return this.traffic.stats();
  }

  @Delete('stats')
  @HttpCode(204)
  reset(): void {
    this.traffic.reset();
  }

  @Get('log')
  log(@Query('after') after: unknown, @Query('limit') limit: unknown, @Query('marker') marker: unknown): unknown {
    return this.traffic.log({
      after: readCount(after, 'after', 0),
      limit: Math.min(readCount(limit, 'limit', MOST), MOST),
      marker: typeof marker === 'string' ? marker : undefined,
    });
  }
}
