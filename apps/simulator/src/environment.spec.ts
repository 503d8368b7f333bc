import { readEnvironment } from './environment.js';

describe('readEnvironment', () => {
  it.each([
    [{}, 3101],
    [{ PORT: '4000' }, 4101],
    [{ PORT: '4000', APP_PORT_BASE: '5000' }, 5001],
    [{ PORT: '4000', APP_PORT_BASE: '5000', SIMULATOR_PORT: '6000' }, 6000],
    [{ SIMULATOR_PORT: '' }, 3101],
  ])('%j listens on %i', (variables, port) => {
    expect(readEnvironment(variables)).toMatchObject({ host: '127.0.0.1', port });
  });

  it.each(['x', '-1', '65536', '80.5'])('refuses the port %s, naming the variable', (port) => {
    expect(() => readEnvironment({ APP_PORT_BASE: port })).toThrow(/^APP_PORT_BASE is ".*" *; it must be a port/);
  });
});
