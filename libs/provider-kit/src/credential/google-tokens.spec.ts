import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ProviderError, type ProviderSettings } from '@switchyard/contract';
import { answerToken, PATIENT, startTokenServer, type TokenServer } from '../testing/index.js';
import { type Credential, openCredential } from './credential.js';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const SIGNAL = new AbortController().signal;

describe('tokens of Google', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const environment = { ...process.env };
  let service: TokenServer;
  let folder: string;
  let opened: Credential[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchyard-google-'));
  });
  beforeEach(async () => {
    service = await startTokenServer();
  });
  afterEach(async () => {
    process.env = { ...environment };
    await Promise.all(opened.map((credential) => credential.close()));
    opened = [];
    await service.close();
  });
  afterAll(() => rm(folder, { recursive: true }));

  function open(auth: object, timeouts: Partial<ProviderSettings['timeouts']> = {}): Credential {
    const credential = openCredential({
      name: 'gemini',
      kind: 'vertex',
      concurrency: 1,
      local: false,
      timeouts: { ...PATIENT, ...timeouts },
      options: { auth: { kind: 'google', ...auth } },
    });
    opened.push(credential);
    return credential;
  }

  async function write(content: unknown): Promise<string> {
    const file = join(folder, 'credentials.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  }

  function account(changes: object = {}): object {
    return {
      type: 'service_account',
      client_email: 'robot@project.iam.gserviceaccount.com',
      private_key_id: 'key-1',
      private_key: pem,
      token_uri: service.url,
      ...changes,
    };
  }

  async function headersOf(credential: Credential): Promise<unknown> {
    return (await credential.authorize(SIGNAL)).headers;
  }

  async function failure(credential: Credential): Promise<ProviderError> {
    const error: unknown = await Promise.resolve(credential.authorize(SIGNAL)).catch((reason: unknown) => reason);
    if (!(error instanceof ProviderError)) throw new Error(`No failure of a provider: ${inspect(error)}`);
    const printed = inspect(error, { depth: 12, showHidden: true });
    for (const secret of [...credential.secrets(), 'PRIVATE KEY', 'assertion']) expect(printed).not.toContain(secret);
    return error;
  }

  it('asks with an assertion that the key of the file has signed, where the file says', async () => {
    const credential = open({ credentialsFile: await write(account()) });
    const [first, second] = await Promise.all([headersOf(credential), headersOf(credential)]);
    expect(first).toEqual({ authorization: `Bearer ${service.tokens[0]}` });
    expect(second).toEqual(first);
    expect(service.requests).toHaveLength(1);
    const { form } = service.requests[0] ?? {};
    expect(form?.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [head = '', claims = '', signature = ''] = form?.get('assertion')?.split('.') ?? [];
    const signed = Buffer.from(signature, 'base64url');
    expect(verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), publicKey, signed)).toBe(true);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: 'robot@project.iam.gserviceaccount.com',
      aud: service.url,
      scope: SCOPE,
    });
    expect(credential.status()).toMatchObject({ kind: 'google', status: 'valid', expiresAt: expect.any(String) });
  });

  it('asks the metadata server of its machine', async () => {
    process.env['GCE_METADATA_HOST'] = new URL(service.url).host;
    const credential = open({ useMetadata: true });
    expect(await headersOf(credential)).toEqual({ authorization: `Bearer ${service.tokens[0]}` });
    expect(service.requests).toHaveLength(1);
    expect(service.requests[0]?.path).toBe(
      `/computeMetadata/v1/instance/service-accounts/default/token?scopes=${encodeURIComponent(SCOPE)}`,
    );
    expect(service.requests[0]?.headers['metadata-flavor']).toBe('Google');
    expect((await credential.validate(SIGNAL)).length).toBe(service.tokens[1]?.length);
  });

  it('says where credentials may stand where its surroundings offer none', async () => {
    Object.assign(process.env, { METADATA_SERVER_DETECTION: 'none', CLOUDSDK_CONFIG: join(folder, 'nowhere') });
    delete process.env['GOOGLE_APPLICATION_CREDENTIALS'];
    const error = await failure(open({}));
    expect(error.code).toBe('authentication');
    expect(error.message).toMatch('no application default credentials were found; set credentialsFile or useMetadata');
  });

  it('follows workload identity as its file describes it', async () => {
    const subject = join(folder, 'subject-token');
    await writeFile(subject, 'the-identity-of-the-workload');
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = await write({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: service.url,
      credential_source: { file: subject },
    });
    const credential = open({});
    expect(await headersOf(credential)).toEqual({ authorization: `Bearer ${service.tokens[0]}` });
    expect(service.requests[0]?.form.get('subject_token')).toBe('the-identity-of-the-workload');
    await credential.validate(SIGNAL);
    expect(service.requests).toHaveLength(2);
  });

  it('tries once, whatever the answer is', async () => {
    const credential = open({ credentialsFile: await write(account()) });
    service.play(answerToken({ error: 'unavailable' }, 503), answerToken({}));
    const error = await failure(credential);
    expect(error).toMatchObject({ code: 'network', reachedVendor: false });
    expect(error.message).toBe('The token service of providers.gemini.auth answered 503 (unavailable).');
    expect(service.requests).toHaveLength(1);
  });

  it('says what the token service refuses', async () => {
    const credential = open({ credentialsFile: await write(account()) });
    service.play(answerToken({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 400));
    expect(await failure(credential)).toMatchObject({
      code: 'authentication',
      message:
        'The token service of providers.gemini.auth refused a token with 400 (invalid_grant: Invalid JWT Signature.).',
    });
  });

  it('gives up on a token service that says nothing', async () => {
    const credential = open({ credentialsFile: await write(account()) }, { firstByteMs: 50 });
    service.play(() => undefined);
    expect((await failure(credential)).message).toMatch('did not answer in time (firstByte: 50 ms)');
  });

  it.each([
    ['no JSON', 'canary', 'holds no credentials of Google'],
    ['of no type', { private_key: 'canary' }, 'holds no credentials of Google'],
    ['without its key', { type: 'service_account', client_email: 'a@b' }, 'lacks client_email or private_key'],
    ['with a broken key', { type: 'service_account', client_email: 'a@b', private_key: 'canary' }, 'cannot be used'],
  ])('says of a file that is %s what is wrong with it', async (_what, content, words) => {
    const error = await failure(open({ credentialsFile: await write(content) }));
    expect(error.code).toBe('authentication');
    expect(error.message).toMatch(words);
    expect(error.message).not.toMatch('canary');
  });

  it('takes a file that comes later', async () => {
    const missing = join(folder, 'comes-later.json');
    const credential = open({ credentialsFile: missing });
    const error = await failure(credential);
    expect(error).toMatchObject({ code: 'authentication', reachedVendor: false });
    expect(error.message).toBe(
      `providers.gemini.auth.credentialsFile: ${missing} cannot be read (ENOENT); put the file there.`,
    );
    await writeFile(missing, JSON.stringify(account()));
    expect((await credential.validate(SIGNAL)).kind).toBe('google');
  });
});
