import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '@switchyard/telemetry';

/** Watches a request from its head to its last byte, or to the moment when its client leaves. */
type WatchRequest = (request: FastifyRequest, reply: FastifyReply) => void;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** A held answer takes up to a minute. */
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Opens the series of the HTTP side. A route is its template, so that their number is that of the code and not of the clients. */
export function openRequestMetrics(metrics: Metrics): WatchRequest {
  const requests = metrics.counter({
    name: 'switchyard_http_requests_total',
    help: 'Requests by route, and by class of status; aborted: the client left before its answer.',
    labels: ['route', 'method', 'status'],
  });
  const duration = metrics.histogram({
    name: 'switchyard_http_request_duration_seconds',
    help: 'From the head of a request to the last byte of its answer; held answers count as long as they were held.',
    labels: ['route', 'method'],
    buckets: BUCKETS_SECONDS,
  });
  const inFlight = metrics.gauge({
    name: 'switchyard_http_requests_in_flight',
    help: 'Requests that are being answered now, the one that asks for this among them.',
  });
  inFlight.set({}, 0);

  return (request, reply) => {
    const startedAt = performance.now();
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    const method = METHODS.includes(request.method) ? request.method : 'other';
    inFlight.add({}, 1);
    // Also comes where the client has gone, when nothing is sent any more.
    reply.raw.once('close', () => {
      inFlight.add({}, -1);
      const status = reply.raw.writableFinished ? `${Math.floor(reply.raw.statusCode / 100)}xx` : 'aborted';
      requests.add({ route, method, status });
      duration.observe({ route, method }, (performance.now() - startedAt) / 1_000);
    });
  };
}
