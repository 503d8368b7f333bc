import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-azure-openai', rootDir: import.meta.dirname };
