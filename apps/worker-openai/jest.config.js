import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-openai', rootDir: import.meta.dirname };
