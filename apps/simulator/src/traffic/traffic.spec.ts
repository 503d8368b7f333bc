import { createMetrics } from '@switchyard/telemetry';
import { Traffic } from './traffic.js';

const ARRIVAL = { path: '/v1/models', model: null, requestId: null, attempt: null };
const ALL = { after: 0, limit: 100_000, marker: undefined };

describe('Traffic', () => {
  const metrics = createMetrics({ app: 'simulator' });
  afterAll(() => metrics.close());

  it('keeps the last ten thousand requests, in their order, and bounds what each holds', () => {
    const traffic = new Traffic(metrics);
    const first = traffic.begin(ARRIVAL);
    for (let count = 0; count < 10_049; count += 1) traffic.begin({ ...ARRIVAL, model: 'm'.repeat(1_000) });
    traffic.end(first, 200, 'answered');
    const { total, kept, requests } = traffic.log(ALL);
    expect([total, kept, requests.length]).toEqual([10_050, 10_000, 10_000]);
    expect(requests.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 51));
    expect(requests[0]).toMatchObject({ model: 'm'.repeat(200), outcome: null, status: null });
    expect(traffic.stats()).toMatchObject({ inFlight: 10_049, peak: 10_050 });
  });

  it('counts anew from what is open', () => {
    const traffic = new Traffic(metrics);
    const [one] = [traffic.begin(ARRIVAL), traffic.begin(ARRIVAL)];
    traffic.end(one, 200, 'answered');
    traffic.reset();
    expect(traffic.stats()).toEqual({ requests: 0, inFlight: 1, peak: 1, byPath: {} });
    expect(traffic.log(ALL).requests).toHaveLength(2);
  });
});
