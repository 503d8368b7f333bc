import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { inspect } from 'node:util';
import { ProviderError, type ProviderSettings } from '@switchyard/contract';
import { VendorConnection } from '../connection/vendor-connection.js';
import {
  answer,
  answerToken,
  type FaultServer,
  PATIENT,
  startFaultServer,
  startTokenServer,
  TOKEN_CLIENT,
  type TokenServer,
  unusedUrl,
} from '../testing/index.js';

const TAKEN = answer({ body: '{"fine": true}' });
const REFUSED = answer({ status: 401, body: '{"error": {"message": "No."}}' });
const TIMERS = ['nextTick', 'setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout', 'setInterval'] as const;

describe('calls that go with a token', () => {
  let vendor: FaultServer;
  let service: TokenServer;
  let connection: VendorConnection;

  beforeAll(async () => {
    vendor = await startFaultServer();
  });
  beforeEach(async () => {
    service = await startTokenServer();
    connection = connect();
  });
  afterEach(async () => {
    jest.useRealTimers();
    await connection.close();
    await service.close();
    vendor.clear();
  });
  afterAll(() => vendor.close());

  function connect(auth: object = {}, timeouts: Partial<ProviderSettings['timeouts']> = {}): VendorConnection {
    const settings: ProviderSettings = {
      name: 'main',
      kind: 'custom',
      baseURL: vendor.url,
      concurrency: 4,
      local: false,
      timeouts: { ...PATIENT, ...timeouts },
      options: { auth: { kind: 'oauth2_client_credentials', tokenUrl: service.url, ...TOKEN_CLIENT, ...auth } },
    };
    return new VendorConnection(settings, { keyPlace: { header: 'x-api-key' } });
  }

  async function reconnect(auth: object, timeouts: Partial<ProviderSettings['timeouts']> = {}): Promise<void> {
    await connection.close();
    connection = connect(auth, timeouts);
  }

  function call(signal = new AbortController().signal): Promise<unknown> {
    return connection.requestJson({ signal }, '/models');
  }

  async function failure(work: Promise<unknown>): Promise<ProviderError> {
    const error: unknown = await work.catch((reason: unknown) => reason);
    if (!(error instanceof ProviderError)) throw new Error(`No failure of a provider: ${inspect(error)}`);
    expect(inspect(error, { depth: 12, showHidden: true })).not.toMatch(/canary/);
    return error;
  }

  /** The clocks stand still from now on and are moved by hand; timers and sockets are as they are. */
  function holdClocks(): (milliseconds: number) => void {
    jest.useFakeTimers({ doNotFake: [...TIMERS] });
    return (milliseconds) => void jest.advanceTimersByTime(milliseconds);
  }

  it('fetches one token for a hundred calls at once, and keeps it', async () => {
    vendor.play(...Array.from({ length: 101 }, () => TAKEN));
    await Promise.all(Array.from({ length: 100 }, () => call()));
    await call();
    expect(service.requests).toHaveLength(1);
    expect(new Set(vendor.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${service.tokens[0]}`]),
    );
    expect(vendor.requests.every(({ headers }) => headers['x-api-key'] === undefined)).toBe(true);
  });

  it('asks as RFC 6749 says, with the client in the form', async () => {
    await reconnect({ scope: 'models.read models.use', audience: 'gateway' });
    vendor.play(TAKEN);
    await call();
    expect(service.requests).toHaveLength(1);
    const { form, headers, path } = service.requests[0] ?? {};
    expect(path).toBe('/token');
    expect(Object.fromEntries(form ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: TOKEN_CLIENT.clientId,
      client_secret: TOKEN_CLIENT.clientSecret,
      scope: 'models.read models.use',
      audience: 'gateway',
    });
    expect(headers).toMatchObject({ accept: 'application/json', 'user-agent': 'switchyard' });
    expect(headers?.['content-type']).toMatch('application/x-www-form-urlencoded');
    expect(headers?.authorization).toBeUndefined();
  });

  it('puts the client into a header where the file says so', async () => {
    await reconnect({ clientAuthentication: 'basic' });
    vendor.play(TAKEN);
    await call();
    expect(service.requests[0]?.headers.authorization).toMatch(/^Basic /);
    expect(Object.fromEntries(service.requests[0]?.form ?? [])).toEqual({ grant_type: 'client_credentials' });
  });

  it.each([
    ['X-Gateway-Token', 'x-gateway-token', ''],
    ['Proxy-Authorization', 'proxy-authorization', 'Bearer '],
  ])('sends the token in %s', async (header, name, prefix) => {
    await reconnect({ header });
    vendor.play(TAKEN);
    await call();
    expect(vendor.requests[0]?.headers).toMatchObject({ [name]: `${prefix}${service.tokens[0]}` });
    expect(vendor.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('asks Azure AD for the scope of its models', async () => {
    const authority = service.url.replace('/token', '');
    await reconnect({ kind: 'azure_ad', tenantId: 'a-tenant', authority });
    vendor.play(TAKEN);
    await call();
    expect(service.requests[0]?.path).toBe('/a-tenant/oauth2/v2.0/token');
    expect(service.requests[0]?.form.get('scope')).toBe('https://cognitiveservices.azure.com/.default');
    expect(connection.auth.status()).toMatchObject({ kind: 'azure_ad', status: 'valid' });
  });

  it('replaces a token before it expires, while calls go on with it, and waits for the next once it is too old', async () => {
    vendor.play(TAKEN, TAKEN, TAKEN, TAKEN);
    const pass = holdClocks();
    await call();
    pass(3_600_000 - 121_000);
    await call();
    expect(service.requests).toHaveLength(1);
    pass(2_000);
    await call();
    // It went with the old one; the new one was fetched beside it.
    await connection.auth.validate(new AbortController().signal);
    expect(vendor.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 3 }, () => `Bearer ${service.tokens[0]}`),
    );
    const fetched = service.requests.length;
    pass(3_600_000 - 29_000);
    await call();
    expect(service.requests).toHaveLength(fetched + 1);
    expect(vendor.requests[3]?.headers.authorization).toBe(`Bearer ${service.tokens.at(-1)}`);
  });

  it('uses a token that expires at once for the calls that wait for it, and for no other', async () => {
    service.expiresIn = 0;
    vendor.play(TAKEN, TAKEN, TAKEN);
    await Promise.all([call(), call()]);
    await call();
    expect(service.requests).toHaveLength(2);
  });

  it('keeps a token for five minutes where its service does not say how long it holds', async () => {
    service.expiresIn = undefined;
    vendor.play(TAKEN, TAKEN, TAKEN);
    const pass = holdClocks();
    await call();
    expect(connection.auth.status()).toEqual({ kind: 'oauth2_client_credentials', status: 'valid', expiresAt: null });
    pass(200_000);
    await call();
    expect(service.requests).toHaveLength(1);
    pass(80_000);
    await call();
    expect(service.requests).toHaveLength(2);
  });

  it('throws a token away that its vendor took and now refuses, once for all who hold it; they may try again', async () => {
    vendor.play(TAKEN, REFUSED, REFUSED, TAKEN);
    await call();
    const refused = await Promise.all([failure(call()), failure(call())]);
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'overloaded', refused: true, status: 401 });
      expect(error.message).toMatch('the next try goes with a fresh one');
    }
    await call();
    expect(service.requests).toHaveLength(2);
    expect(vendor.requests.at(-1)?.headers.authorization).toBe(`Bearer ${service.tokens[1]}`);
  });

  it('takes a refusal of a fresh token for a bad credential', async () => {
    vendor.play(REFUSED, REFUSED);
    expect(await failure(call())).toMatchObject({ code: 'authentication', status: 401 });
    expect(connection.auth.status()).toMatchObject({
      status: 'invalid',
      reason: 'The provider refuses a token that was just fetched; check providers.main.auth.',
    });
    // Not again at once: the next one would be refused too.
    expect(await failure(call())).toMatchObject({ code: 'authentication' });
    expect(service.requests).toHaveLength(1);
  });

  it('takes a refusal that a fresh token does not mend for one of the call', async () => {
    vendor.play(TAKEN, REFUSED, TAKEN, REFUSED);
    await call();
    expect(await failure(call())).toMatchObject({ code: 'overloaded' });
    await call();
    expect(await failure(call())).toMatchObject({ code: 'authentication' });
    expect(service.requests).toHaveLength(2);
  });

  it('fails all who wait with a refusal of the token service, answers it for a second, and then asks again', async () => {
    service.play(
      answerToken(
        { error: 'invalid_client', error_description: `AADSTS7000215: ${TOKEN_CLIENT.clientSecret} is bad` },
        401,
      ),
    );
    vendor.play(TAKEN);
    const pass = holdClocks();
    const all = await Promise.all(Array.from({ length: 20 }, () => failure(call())));
    all.push(await failure(call()));
    for (const error of all) {
      expect(error).toMatchObject({ code: 'authentication', reachedVendor: false, refused: false });
      expect(error.message).toBe(
        'The token service of providers.main.auth refused a token with 401 (invalid_client: AADSTS7000215: [redacted] is bad).',
      );
    }
    expect(connection.auth.status()).toMatchObject({ status: 'invalid', reason: all[0]?.message });
    expect(service.requests).toHaveLength(1);
    pass(1_000);
    await call();
    expect(service.requests).toHaveLength(2);
    expect(vendor.requests).toHaveLength(1);
  });

  it('leaves a token service alone for as long as it asks', async () => {
    service.play(answerToken({}, 503, { 'retry-after': '20' }));
    const pass = holdClocks();
    expect(await failure(call())).toMatchObject({ code: 'network', retryAfterSeconds: 20, reachedVendor: false });
    pass(19_000);
    await failure(call());
    expect(service.requests).toHaveLength(1);
    pass(1_000);
    vendor.play(TAKEN);
    await call();
  });

  it('goes on with the token at hand while its service is down', async () => {
    vendor.play(TAKEN, TAKEN, TAKEN);
    const pass = holdClocks();
    await call();
    service.play(answerToken({}, 500), answerToken({}, 500));
    pass(3_600_000 - 100_000);
    await call();
    await failure(connection.auth.validate(new AbortController().signal));
    await call();
    expect(connection.auth.status()).toMatchObject({ status: 'valid' });
  });

  it.each([
    ['nothing', ''],
    ['a page', '<html>canary</html>'],
    ['half a JSON', '{"access_token": "canary'],
    ['no token', '{"token": "canary"}'],
    ['a token of another type', '{"access_token": {"canary": 1}}'],
    ['a token that forges a header', JSON.stringify({ access_token: 'canary\r\nx-forged: 1' })],
  ])('may be tried again after %s', async (_what, body) => {
    service.play((response) => void response.writeHead(200).end(body));
    const error = await failure(call());
    expect(error).toMatchObject({ code: 'network', reachedVendor: false });
    expect(error.message).toBe('The token service gave no token for providers.main.auth.');
  });

  it('does not follow a redirect with its secret', async () => {
    service.play((response) => void response.writeHead(307, { location: `${vendor.url}/steal` }).end());
    expect(await failure(call())).toMatchObject({ code: 'authentication' });
    expect(vendor.requests).toHaveLength(0);
  });

  it('gives up on a service that says nothing', async () => {
    await reconnect({}, { firstByteMs: 50 });
    service.play(() => undefined);
    const error = await failure(call());
    expect(error).toMatchObject({ code: 'network', reachedVendor: false });
    expect(error.message).toBe('The token service of providers.main.auth did not answer in time (firstByte: 50 ms).');
  });

  it('says that nobody listens', async () => {
    await reconnect({ tokenUrl: `${await unusedUrl()}/token` });
    const error = await failure(call());
    expect(error).toMatchObject({ code: 'network', reachedVendor: false });
    expect(error.message).toMatch(/^No token for providers.main.auth: the token service could not be reached \(ECONN/);
    expect(connection.auth.status()).toMatchObject({ status: 'unknown', reason: error.message });
  });

  it('ends the wait of one call by its own abort, and no other', async () => {
    let respond: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      service.play((response) => {
        respond = () => void response.writeHead(200).end('{"access_token": "late", "expires_in": "3600"}');
        resolve();
      });
    });
    vendor.play(TAKEN);
    const abort = new AbortController();
    const [gone, waiting] = [call(abort.signal), call()];
    await asked;
    abort.abort(new Error('canceled'));
    await expect(gone).rejects.toThrow('canceled');
    respond();
    await waiting;
    expect(vendor.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer late']);
  });

  it('reports a fresh token without telling it', async () => {
    vendor.play(TAKEN);
    await call();
    expect(connection.auth.status()).toMatchObject({ status: 'valid', expiresAt: expect.any(String) });
    const report = await connection.auth.validate(new AbortController().signal);
    expect(service.requests).toHaveLength(2);
    expect(report).toEqual({
      kind: 'oauth2_client_credentials',
      length: service.tokens[1]?.length,
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(Date.parse(String(report.expiresAt)) - Date.now()).toBeGreaterThan(3_590_000);
  });

  it.each([
    [
      { kind: 'magic' },
      'providers.main.auth.kind is "magic"; set it to oauth2_client_credentials, google or azure_ad.',
    ],
    [{ tokenUrl: undefined }, 'providers.main.auth.tokenUrl is missing.'],
    [{ clientSecret: 7 }, 'providers.main.auth.clientSecret is no text.'],
  ])('refuses %j', (auth, message) => {
    expect(() => connect(auth)).toThrow(message);
  });

  it('repeats no token that a vendor sends back', async () => {
    vendor.play(({ request, response }) => {
      response.writeHead(400).end(JSON.stringify({ error: { message: `Not with ${request.headers.authorization}` } }));
    });
    expect((await failure(call())).message).toMatch(/Not with/);
  });
});
