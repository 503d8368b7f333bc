import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-huggingface', rootDir: import.meta.dirname };
