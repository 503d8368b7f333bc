import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'courier', rootDir: import.meta.dirname };
