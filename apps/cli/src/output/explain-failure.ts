import { isNativeError } from 'node:util/types';
import { escapeText } from './escape-text.js';

/** Why a command failed, in lines for the operator: one, or one for each fault of the configuration. */
export function explainFailure(error: unknown): string[] {
  const lines = (isNativeError(error) ? error.message : String(error)).split('\n').map(escapeText);
  const many = isNativeError(error) && error.name === 'ConfigurationError';
  return many ? ['The configuration cannot be used:', ...lines.map((line) => `  ${line}`)] : lines;
}
