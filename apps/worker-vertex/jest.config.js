import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-vertex', rootDir: import.meta.dirname };
