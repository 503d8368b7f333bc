import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'jobs', rootDir: import.meta.dirname };
