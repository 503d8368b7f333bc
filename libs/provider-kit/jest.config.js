import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'provider-kit', rootDir: import.meta.dirname };
