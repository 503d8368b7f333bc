import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-anthropic', rootDir: import.meta.dirname };
