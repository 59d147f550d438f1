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

/** What a reference stands for, through as many as there are. */
function resolve(document, value) {
  let found = value;
  for (let i = 0; found?.$ref && i < 10; i += 1) found = at(document, found.$ref);
  return found ?? {};
}

/** Members that exclude others of the same schema, so that one example cannot show all. */
const exclusive = new Set(['Me.scopes', 'BusinessHours.versions', 'Report.pagination',
  'Event.data.out_of_sight', ...['AutomationRule', 'NewAutomationRule', 'AutomationRuleEdit'].flatMap(
    (rule) => [`${rule}.trigger.events`, `${rule}.trigger.fields`])]);

/** The members a schema describes and none of these values of it shows, by path. */
function unshown(document, schema, values, path) {
  const name = schema.$ref?.split('/').at(-1) ?? path;
  const s = resolve(document, schema);
  const present = values.filter((v) => v !== null && v !== undefined);
  if (s.items) {
    const items = present.filter(Array.isArray).flat();
    return items.length ? unshown(document, s.items, items, `${name}[]`) : [];
  }
  return Object.entries(s.properties ?? {}).flatMap(([key, inner]) => {
    if (exclusive.has(`${name}.${key}`)) return [];
    const shown = present.filter((v) => typeof v === 'object' && key in v).map((v) => v[key]);
    if (!shown.length) return present.length ? [`${name}.${key}`] : [];
    return unshown(document, inner, shown, `${name}.${key}`);
  });
}

const hasExample = (media) => media.example !== undefined || Object.keys(media.examples ?? {}).length > 0;

/** The example of a media type, through a reference. */
function exampleOf(document, media) {
  return media.example ?? resolve(document, Object.values(media.examples)[0]).value;
}

/** Bodies, successful answers and schemas without an example; answers whose example is not whole. */
function missingExamples(document) {
  const found = [];
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    if (!schema.examples?.length) found.push(`schema ${name}: has no example`);
  }
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    for (const [verb, operation] of Object.entries(operations)) {
      const what = `${verb} ${path}`;
      for (const [type, media] of Object.entries(operation.requestBody?.content ?? {})) {
        if (type === 'application/json' && !hasExample(media)) found.push(`${what}: the body has no example`);
      }
      for (const [status, answer] of Object.entries(operation.responses ?? {})) {
        if (!/^2/.test(status)) continue;
        for (const [type, media] of Object.entries(answer.content ?? {})) {
          if (type !== 'application/json' && !type.startsWith('text/')) continue; // bytes
          if (!hasExample(media)) {
            found.push(`${what}: the answer ${status} ${type} has no example`);
            continue;
          }
          found.push(...unshown(document, media.schema ?? {}, [exampleOf(document, media)], what)
            .map((member) => `${what}: the example of ${status} does not show ${member}`));
        }
      }
    }
  }
  return found;
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
  found.push(...missingExamples(document));
  return found;
}
