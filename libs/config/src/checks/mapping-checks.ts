import { MAPPING_SLOTS, slotsOf, type Capability, type MappingCallName } from '@switchyard/contract';
import { suggestion } from '../faults/suggest.js';
import type { Place } from './place.js';

const CALLS = Object.keys(MAPPING_SLOTS) as readonly MappingCallName[];

/** What a call sends at the least, in one of these slots: without it every request would be the same. */
const CONTENT: Readonly<Partial<Record<MappingCallName, readonly string[]>>> = {
  generate: ['prompt', 'messages'],
  embed: ['input', 'text'],
  image: ['prompt'],
};

/** The call that a mapped server needs for a model's capability. The others no mapping can give. */
const CALL_OF_CAPABILITY: Readonly<Partial<Record<Capability, MappingCallName>>> = {
  generation: 'generate',
  code: 'generate',
  json: 'generate',
  embedding: 'embed',
  image: 'image',
};

/** Holds `mapping` and `dialect` of a provider against what can be sent and read by it. */
export function checkMapping(kind: string, provider: Place): void {
  const mapping = provider.at('mapping');
  const dialect = provider.at('dialect');
  if (dialect.exists && kind !== 'custom') {
    dialect.fault(`belongs to providers of the kind custom; what a vendor of the kind ${kind} takes is known`);
  } else if (dialect.exists && mapping.exists) {
    dialect.fault('stands beside mapping, which says all; keep one of them');
  }
  if (!mapping.exists) return;
  if (kind !== 'custom') {
    mapping.fault(`belongs to providers of the kind custom; one of the kind ${kind} knows how to speak to its vendor`);
    return;
  }
  if (!mapping.isMap) return;
  if (!['generate', 'embed', 'image'].some((call) => mapping.at(call).exists)) {
    mapping.fault('maps nothing; give it generate, embed or image');
  }
  for (const call of CALLS) if (mapping.at(call).isMap) checkCall(call, mapping.at(call));
  const image = mapping.at('image');
  if (image.isMap && image.at('base64').exists === image.at('url').exists) {
    image.fault('reads no image; give it either base64 or url, a pointer within an entry of images');
  }
}

/** Reports capabilities of a model that its mapped provider has no call for. */
export function checkMappedModel(model: Place, mapping: Place): void {
  if (!mapping.isMap) return;
  for (const capability of model.at('capabilities').items()) {
    const call = CALL_OF_CAPABILITY[capability.text as Capability];
    if (call === undefined) {
      capability.fault(`no mapping can give a model the capability ${capability.text ?? ''}; remove it`);
    } else if (!mapping.at(call).exists) {
      capability.fault(`needs ${mapping.at(call).describe()}, which is missing; map it, or remove the capability`);
    } else if (capability.is('json') && !slotsUnder(mapping.at(call).at('body')).some(isSlot('schema'))) {
      capability.fault(`needs the slot {{schema}} in ${mapping.at(call).at('body').describe()}`);
    }
  }
}

function checkCall(call: MappingCallName, place: Place): void {
  const body = place.at('body');
  for (const { name, at } of slotsUnder(place.at('path'))) {
    if (name !== 'model' || call === 'models') at.fault(`{{${name}}} cannot stand in a path; only {{model}} can`);
  }
  const known: readonly string[] = MAPPING_SLOTS[call];
  const slots = slotsUnder(body);
  for (const { name, at } of slots) {
    if (known.includes(name)) continue;
    const words = known.length === 0 ? '; none is known here' : `; known here: ${known.join(', ')}`;
    at.fault(`{{${name}}} is no slot${suggestion(name, known) || words}`);
  }
  const content = CONTENT[call];
  if (content && !slots.some(({ name }) => content.includes(name))) {
    const wanted = content.map((name) => `{{${name}}}`).join(' or ');
    body.fault(
      `${body.exists ? 'sends nothing of the request' : 'is missing'}; put ${wanted} where the server reads it`,
    );
  }
  if (body.exists && place.at('method').is('GET')) body.fault('cannot go with GET; make the method POST');
}

interface FoundSlot {
  readonly name: string;
  readonly at: Place;
}

function isSlot(wanted: string): (slot: FoundSlot) => boolean {
  return ({ name }) => name === wanted;
}

/** Every slot in the texts at and below a place. */
function slotsUnder(place: Place): readonly FoundSlot[] {
  const own = slotsOf(place.text ?? '').map((name) => ({ name, at: place }));
  const below = [...place.items(), ...place.entries().map(([, value]) => value)];
  return [...own, ...below.flatMap(slotsUnder)];
}
