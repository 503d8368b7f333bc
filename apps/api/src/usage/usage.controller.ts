import { Body, Controller, Get, Headers, HttpCode, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { GatewayError } from '@switchyard/contract';
import type { Submitter } from '@switchyard/gate';
import { NeedsScope } from '../authentication/needs-scope.js';
import { CurrentSubmitter } from '../authentication/submitter.js';
import { Answers } from '../description/answers.js';
import { BookCostBody } from './book-cost.body.js';
import { ReadUsageQuery } from './read-usage.query.js';
import { writeCsv } from './usage-csv.js';
import { readPeriod } from './usage-period.js';
import { viewBooking, viewReport, type UsageReport } from './usage-view.js';
import { UsageService } from './usage.service.js';

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/** Usage of the whole installation, from its ledger. */
@ApiTags('admin')
@NeedsScope('admin')
@Controller('v1/admin/usage')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Get()
  @ApiOperation({ operationId: 'reportUsage', summary: 'Report requests, tokens, cost and latency of a time' })
  @ApiResponse({
    status: 200,
    description: 'The report, exact to what is settled at this moment.',
    content: {
      'application/json': { schema: { $ref: '#/components/schemas/UsageReport' } },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  @Answers([422])
  async report(
    @Query() query: ReadUsageQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UsageReport | StreamableFile> {
    const period = readPeriod(query.from, query.to, new Date());
    const rows = await this.usage.read(query, period);
    if (query.format === 'json') return viewReport(rows, period, query.groupBy);
    reply.header('cache-control', 'no-store');
    return new StreamableFile(writeCsv(rows, query.groupBy), {
      type: 'text/csv; charset=utf-8; header=present',
      disposition: `attachment; filename="usage-${period.from.toISOString().slice(0, 10)}.csv"`,
    });
  }

  @Post()
  @HttpCode(201)
  @ApiOperation({ operationId: 'bookCost', summary: 'Book a cost that arose outside; reports and budgets count it' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Names this booking for 24 hours: sent again, it is answered and not booked again.',
  })
  @Answers(201, 'Booked, now or by an earlier request under the same key.', 'Booking')
  @Answers([422])
  async book(
    @Body() body: BookCostBody,
    @CurrentSubmitter() submitter: Submitter,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const booking = await this.usage.book(body, submitter, readIdempotencyKey(idempotencyKey));
    if (booking.replayed) reply.header('idempotent-replayed', 'true');
    return viewBooking(booking);
  }
}

function readIdempotencyKey(key: string | undefined): string | null {
  if (key === undefined || IDEMPOTENCY_KEY.test(key)) return key ?? null;
  throw new GatewayError(
    'invalid_request_error',
    '`Idempotency-Key` must be 1 to 255 visible characters of ASCII; make it a random one.',
    { param: 'Idempotency-Key' },
  );
}
