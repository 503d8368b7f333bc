import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'gate', rootDir: import.meta.dirname };
