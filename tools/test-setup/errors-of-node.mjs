import { types } from 'node:util';

/**
 * Jest runs specs in a realm of their own, and what Node itself throws (a file that is not there) is an `Error` of
 * another: `instanceof Error` would be false in tests and true in production. Subclasses keep their ordinary meaning.
 */
const ordinary = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  configurable: true,
  value(candidate) {
    return ordinary.call(this, candidate) || (this === Error && types.isNativeError(candidate));
  },
});
