import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'selector', rootDir: import.meta.dirname };
