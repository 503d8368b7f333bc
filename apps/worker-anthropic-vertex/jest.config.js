import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-anthropic-vertex', rootDir: import.meta.dirname };
