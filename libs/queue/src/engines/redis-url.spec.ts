import { parseRedisUrl } from './redis-url.js';

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { kind: 'single', tls: false, node: { host: 'localhost', port: 6379 }, database: 0 }],
    [
      'rediss://user:p%40ss@cache.example:6380/3',
      {
        kind: 'single',
        tls: true,
        username: 'user',
        password: 'p@ss',
        node: { host: 'cache.example', port: 6380 },
        database: 3,
      },
    ],
    [
      'redis://:secret@[::1]:7000',
      { kind: 'single', tls: false, password: 'secret', node: { host: '::1', port: 7000 }, database: 0 },
    ],
    [
      'redis+cluster://a:7001,b:7002,c',
      {
        kind: 'cluster',
        tls: false,
        nodes: [
          { host: 'a', port: 7001 },
          { host: 'b', port: 7002 },
          { host: 'c', port: 6379 },
        ],
      },
    ],
    [
      'rediss+sentinel://:secret@s1,s2:26380/main/2',
      {
        kind: 'sentinel',
        tls: true,
        password: 'secret',
        sentinels: [
          { host: 's1', port: 26379 },
          { host: 's2', port: 26380 },
        ],
        master: 'main',
        database: 2,
      },
    ],
  ])('reads %s', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target);
  });

  it.each([
    'http://localhost',
    'redis://',
    'redis://a,b',
    'redis://a:0',
    'redis://a:70000',
    'redis://a/x',
    'redis+cluster://a/1',
    'redis+sentinel://a',
    'redis+cluster://:canary-secret@a,,b',
  ])('refuses %s, and does not repeat it', (url) => {
    const refused = (): unknown => parseRedisUrl(url);
    expect(refused).toThrow(TypeError);
    expect(refused).not.toThrow(/canary/);
    expect(refused).toThrow(/redis\+sentinel:\/\/h1:p1/);
  });
});
