import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'contract', rootDir: import.meta.dirname };
