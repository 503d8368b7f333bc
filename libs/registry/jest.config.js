import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'registry', rootDir: import.meta.dirname };
