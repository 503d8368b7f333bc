import { describe, expect, it } from '@jest/globals';
import { PROVIDER_KINDS } from '@switchyard/contract';
import { readEnvironment } from '../environment/read-environment.js';
import { appPort } from './app-port.js';

const environment = readEnvironment({ APP_PORT_BASE: '4100' });

describe('appPort', () => {
  it('counts from the base: courier, simulator, and the workers in the order of the layout', () => {
    expect(appPort(environment, 'courier', {})).toBe(4100);
    expect(appPort(environment, 'simulator', {})).toBe(4101);
    const workers = PROVIDER_KINDS.filter((kind) => kind !== 'simulator');
    expect(workers.slice(0, 11).map((kind) => appPort(environment, kind, {}))).toEqual([
      4110, 4111, 4112, 4113, 4114, 4115, 4116, 4117, 4118, 4119, 4120,
    ]);
  });

  it('is what a supervisor chose, where it did', () => {
    expect(appPort(environment, 'courier', { APP_PORT: '5000' })).toBe(5000);
    for (const nonsense of ['', '0', '-1', 'x'])
      expect(appPort(environment, 'courier', { APP_PORT: nonsense })).toBe(4100);
  });
});
