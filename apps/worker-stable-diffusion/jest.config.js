import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'worker-stable-diffusion', rootDir: import.meta.dirname };
