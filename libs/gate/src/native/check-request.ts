import {
  GatewayError,
  JOB_TYPES,
  type ContentPart,
  type JobType,
  type Message,
  type ModelRequest,
} from '@switchyard/contract';

/** Checks what a schema cannot say of a request. @throws GatewayError (422) that names the field. */
export function checkRequest(type: JobType, request: ModelRequest): void {
  if (request.prompt !== undefined && request.messages !== undefined) {
    throw invalid('request.messages', '`request.prompt` and `request.messages` exclude each other; keep one.');
  }
  switch (type) {
    case 'embedding':
      if (request.input === undefined) throw missing('request.input', 'an embedding job needs the text to embed');
      return;
    case 'image':
      if (request.prompt === undefined) throw missing('request.prompt', 'an image job needs a description');
      return;
    case 'generation':
    case 'code':
      checkConversation(type, request);
  }
}

/** What a request may hold beside the fields of its type. */
const ANY_TYPE = ['modelId', 'overflow', 'providerOptions'];
const TEXT = [
  'prompt',
  'messages',
  'systemPrompt',
  'context',
  'temperature',
  'maxTokens',
  'topP',
  'frequencyPenalty',
  'presencePenalty',
  'stop',
  'tools',
  'toolChoice',
  'functions',
  'function_call',
  'language',
  'seed',
];
const IMAGE = [
  'prompt',
  'negativePrompt',
  'n',
  'size',
  'width',
  'height',
  'quality',
  'style',
  'responseFormat',
  'numInferenceSteps',
  'seed',
];
const FIELDS_OF_TYPE: Readonly<Record<JobType, readonly string[]>> = {
  generation: TEXT,
  code: TEXT,
  embedding: ['input'],
  image: IMAGE,
};

/** Refuses what a job of this type would not look at. @throws GatewayError (422) that names the field. */
export function refuseFieldsOfOtherTypes(type: JobType, request: object): void {
  const own = FIELDS_OF_TYPE[type];
  const other = Object.keys(request).find((field) => !own.includes(field) && !ANY_TYPE.includes(field));
  if (other === undefined) return;
  const owners = JOB_TYPES.filter((each) => FIELDS_OF_TYPE[each].includes(other)).join(' or ');
  throw invalid(
    `request.${other}`,
    `\`request.${other}\` belongs to a job of the type ${owners}; leave it out of one of the type ${type}.`,
  );
}

/** A refusal (422) that names a field. */
export function invalid(param: string, message: string): GatewayError {
  return new GatewayError('invalid_request_error', message, { param });
}

function missing(param: string, why: string): GatewayError {
  return invalid(param, `\`${param}\` is missing: ${why}.`);
}

function checkConversation(type: JobType, request: ModelRequest): void {
  if (request.prompt === undefined && request.messages === undefined) {
    throw missing('request.prompt', `a ${type} job needs \`prompt\` or \`messages\``);
  }
  request.messages?.forEach((message, index) => checkMessage(message, `request.messages[${index}]`));
  checkTools(request);
}

function checkMessage(message: Message, path: string): void {
  if (message.role === 'tool' && message.toolCallId === undefined) {
    throw missing(`${path}.toolCallId`, 'a tool message says which call it answers');
  }
  if (message.role !== 'tool' && message.toolCallId !== undefined) {
    throw invalid(`${path}.toolCallId`, `\`${path}.toolCallId\` belongs to a message of the role tool; leave it out.`);
  }
  if (message.role !== 'assistant' && message.toolCalls !== undefined) {
    throw invalid(
      `${path}.toolCalls`,
      `\`${path}.toolCalls\` belongs to a message of the role assistant; leave it out.`,
    );
  }
  if (message.content === null && message.toolCalls === undefined) {
    throw invalid(`${path}.content`, `\`${path}.content\` may only be null beside \`toolCalls\` of an assistant.`);
  }
  if (message.content === null || typeof message.content === 'string') return;
  message.content.forEach((part, index) => checkPart(part, `${path}.content[${index}]`));
}

function checkPart(part: ContentPart, path: string): void {
  switch (part.type) {
    case 'text':
      return;
    case 'image_url':
      return checkImage(part.image_url.url, `${path}.image_url.url`);
    case 'audio':
      return checkBase64(part.audio.data, `${path}.audio.data`);
    case 'file':
      return checkBase64(part.file.data, `${path}.file.data`);
  }
}

/** A vendor fetches what it is told to, some from within our own network: only what the open web may hold goes on. */
function checkImage(url: string, param: string): void {
  if (isImageAddress(url)) return;
  throw invalid(param, `\`${param}\` must be an https address without a password, or a data URL of an image.`);
}

const NOT_BASE64 = /[^A-Za-z0-9+/]/;

function checkBase64(data: string, param: string): void {
  const digits = data.replace(/={1,2}$/, '');
  if (data.length % 4 === 0 && !NOT_BASE64.test(digits)) return;
  throw invalid(param, `\`${param}\` must be base64, with its padding and without the \`data:\` of a URL before it.`);
}

function isImageAddress(url: string): boolean {
  if (/^data:image\//i.test(url)) return true;
  const parsed = URL.parse(url);
  return parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === '';
}

function checkTools({ tools, toolChoice }: ModelRequest): void {
  const names = tools?.map(({ name }) => name) ?? [];
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twice >= 0) {
    const param = `request.tools[${twice}].name`;
    throw invalid(param, `\`${param}\`: two tools are named "${names[twice]}"; give each its own name.`);
  }
  if (toolChoice === undefined) return;
  if (tools === undefined) throw invalid('request.toolChoice', '`request.toolChoice` needs `request.tools`.');
  if (typeof toolChoice === 'object' && !names.includes(toolChoice.name)) {
    const message = `\`request.toolChoice\` names the tool "${toolChoice.name.slice(0, 64)}", which \`request.tools\` lacks.`;
    throw invalid('request.toolChoice', message);
  }
}
