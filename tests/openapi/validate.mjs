// Two validators, because each sees what the other does not: the schema that the OpenAPI Initiative
// publishes says how a document is built, Redocly's rules follow references and look into schemas.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';

// Only what the specification demands or what makes clients generated from a document fail; taste
// has no place here.
const config = await createConfig({
  rules: Object.fromEntries([
    'struct',
    'no-ambiguous-paths',
    'no-enum-type-mismatch',
    'no-example-value-and-externalValue',
    'no-identical-paths',
    'no-invalid-media-type-examples',
    'no-invalid-parameter-examples',
    'no-invalid-schema-examples',
    'no-required-schema-properties-undefined',
    'no-schema-type-mismatch',
    'no-undefined-server-variable',
    'no-unresolved-refs',
    'no-unused-components',
    'operation-2xx-response',
    'operation-operationId',
    'operation-operationId-unique',
    'operation-operationId-url-safe',
    'operation-parameters-unique',
    'operation-summary',
    'operation-tag-defined',
    'path-declaration-must-exist',
    'path-not-include-query',
    'path-params-defined',
    'security-defined',
    'spec-components-invalid-map-name',
    'spec-strict-refs',
    'tag-description',
  ].map((name) => [name, 'error'])),
});

/** What a JSON pointer ("#/paths/~1a/get") points to. */
function at(document, pointer) {
  const keys = pointer.split('/').slice(1);
  return keys.reduce((v, k) => v?.[k.replaceAll('~1', '/').replaceAll('~0', '~')], document);
}

/** A WebSocket's address succeeds with 101, which the rule does not know. */
function opensWebSocket(document, problem) {
  return problem.ruleId === 'operation-2xx-response'
    && at(document, problem.location[0]?.pointer ?? '')?.['101'] !== undefined;
}

/** What is wrong with an OpenAPI 3.1 document, one line each; nothing when it is right. */
export async function problems(text) {
  const document = JSON.parse(text);
  if (!/^3\.1\.\d+$/.test(document.openapi ?? '')) return ['openapi: is not 3.1.x'];
  const found = [];
  const verdict = await new Validator().validate(structuredClone(document));
  if (!verdict.valid) {
    found.push(...[verdict.errors].flat().map((e) =>
      typeof e === 'string' ? e : `${e.instancePath}: ${e.message}`));
  }
  for (const p of await lintFromString({ source: text, config })) {
    if (opensWebSocket(document, p)) continue;
    found.push(`${p.location[0]?.pointer ?? ''}: ${p.message} (${p.ruleId})`);
  }
  return found;
}
