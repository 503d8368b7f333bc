import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'experiments', rootDir: import.meta.dirname };
