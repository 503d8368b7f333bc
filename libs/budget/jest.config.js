import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'budget', rootDir: import.meta.dirname };
