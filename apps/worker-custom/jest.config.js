import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-custom', rootDir: import.meta.dirname };
