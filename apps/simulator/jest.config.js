import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'simulator', rootDir: import.meta.dirname };
