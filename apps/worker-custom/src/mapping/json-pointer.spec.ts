import { follow } from './json-pointer.js';

/** The document of RFC 6901, section 5. */
const DOCUMENT: unknown = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

it.each<[string, unknown]>([
  ['', DOCUMENT],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/e^f', 3],
  ['/g|h', 4],
  ['/i\\j', 5],
  ['/k"l', 6],
  ['/ ', 7],
  ['/m~0n', 8],
  ['/foo/2', undefined],
  ['/foo/01', undefined],
  ['/foo/-', undefined],
  ['/foo/length', undefined],
  ['/foo/0/0', undefined],
  ['/toString', undefined],
  ['/__proto__', undefined],
  ['/m~01n', undefined],
])('%j leads to %j', (pointer, value) => {
  expect(follow(pointer, DOCUMENT)).toEqual(value);
});

it.each([null, 'text', 7, undefined])('leads nowhere in %j', (value) => {
  expect(follow('/a', value)).toBeUndefined();
});
