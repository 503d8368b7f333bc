import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-groq', rootDir: import.meta.dirname };
