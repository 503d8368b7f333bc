import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-ollama', rootDir: import.meta.dirname };
