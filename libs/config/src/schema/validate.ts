import { Ajv } from 'ajv';
import type { ConfigurationDocument } from '../document/configuration-document.js';
import type { FaultList } from '../faults/fault-list.js';
import { CONFIGURATION_SCHEMA } from './configuration-schema.js';
import { describeError } from './describe-error.js';
import { FORMATS } from './formats.js';
import type { PlainMap } from './navigate.js';

const ajv = new Ajv({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  verbose: true,
  discriminator: true,
  // What runs once, at the start of every process, is not worth a third of its compilation and 10 MB.
  code: { optimize: false },
});
ajv.addKeyword({ keyword: 'secret', schemaType: 'boolean' });
for (const [name, { accepts }] of Object.entries(FORMATS)) ajv.addFormat(name, { type: 'string', validate: accepts });

const isDocument = ajv.compile<ConfigurationDocument>(CONFIGURATION_SCHEMA);

/**
 * Holds plain data against the schema of the file; everything that does not fit goes to `faults`, each by its place.
 * @returns the data as a document, undefined when something does not fit
 */
export function validateDocument(data: PlainMap, faults: FaultList): ConfigurationDocument | undefined {
  const candidate: unknown = data;
  if (isDocument(candidate)) return candidate;
  for (const error of isDocument.errors ?? []) {
    const described = describeError(error, data);
    if (described) faults.add(described.path, described.message);
  }
  return undefined;
}
