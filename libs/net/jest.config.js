import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'net', rootDir: import.meta.dirname };
