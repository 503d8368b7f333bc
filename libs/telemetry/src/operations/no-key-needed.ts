/** Metadata, `true` on a route or a controller that answers without a key. A guard over all routes reads it. */
export const NO_KEY_NEEDED = 'switchyard:no-key-needed';
