import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'stage', rootDir: import.meta.dirname };
