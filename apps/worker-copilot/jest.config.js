import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-copilot', rootDir: import.meta.dirname };
