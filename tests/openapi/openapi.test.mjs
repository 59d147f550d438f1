// Has the program print its description and validates it; then breaks that description in many
// ways, because a check that cannot fail checks nothing.
// Environment: FIBREHUB_PROGRAM, FIBREHUB_CONFIG (a configuration with a channel of each kind).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { problems } from './validate.mjs';

const { FIBREHUB_PROGRAM: program, FIBREHUB_CONFIG: config } = process.env;
const text = execFileSync(program, ['openapi', '--config', config], { encoding: 'utf8' });
const known = await problems(text); // none, unless the first test fails
const one = '/api/v1/tickets/{uid}';

test('The description of the hub is valid OpenAPI 3.1', () => {
  assert.deepEqual(known, []);
});

test('It describes the API, the webhooks of the configured channels, health and this page', () => {
  const paths = Object.keys(JSON.parse(text).paths);
  for (const wanted of ['/api/v1/tickets', one, '/api/v1/wa-bridge/webhook/main', '/health/ready',
    '/metrics', '/api/openapi.json', '/docs']) {
    assert.ok(paths.includes(wanted), wanted);
  }
});

const broken = {
  'no info': (d) => { delete d.info; },
  'another version of OpenAPI': (d) => { d.openapi = '3.0.3'; },
  'an unknown field': (d) => { d.paths[one].get.sumary = 'x'; },
  'a reference to nothing': (d) => {
    d.components.schemas.TicketPage.properties.pagination.$ref = '#/components/schemas/Nope';
  },
  'an unknown type in a schema': (d) => { d.components.schemas.Ticket.properties.title.type = 'strin'; },
  'a keyword of OpenAPI 3.0': (d) => { d.components.schemas.Ticket.properties.title.nullable = true; },
  'properties that are a list': (d) => { d.components.schemas.Ticket.properties = []; },
  'an example of another type': (d) => {
    d.components.schemas.Ticket.properties.ticket_uid.examples = [5];
  },
  'an example of a body that its schema refuses': (d) => {
    d.components.examples.NewTicket.value.priority = 'purple';
  },
  'an example of an answer that its schema refuses': (d) => {
    d.components.examples.TicketAnswer.value.data.version = 'three';
  },
  'an example with a member that nobody describes': (d) => {
    d.components.examples.TicketAnswer.value.data.colour = 'red';
  },
  'a schema without an example': (d) => { delete d.components.schemas.NewTicket.examples; },
  'a body without an example': (d) => {
    delete d.paths['/api/v1/tickets'].post.requestBody.content['application/json'].examples;
  },
  'an answer without an example': (d) => {
    delete d.paths[one].get.responses['200'].content['application/json'].examples;
  },
  'an example that leaves a member out': (d) => {
    delete d.components.examples.TicketDetailAnswer.value.data.messages[0].phone;
  },
  'a required property that is not described': (d) => { d.components.schemas.Error.required.push('x'); },
  'two operations of one name': (d) => {
    d.paths['/api/v1/channels'].get.operationId = d.paths[one].get.operationId;
  },
  'a path parameter that is not described': (d) => { d.paths[one].get.parameters = []; },
  'a path parameter that is optional': (d) => { d.paths[one].get.parameters[0].required = false; },
  'a parameter given twice': (d) => {
    const { parameters } = d.paths['/api/v1/tickets'].get;
    parameters.push(parameters[0]);
  },
  'an unknown way to sign in': (d) => { d.paths[one].get.security = [{ nope: [] }]; },
  'an answer without a description': (d) => { delete d.paths[one].get.responses['200'].description; },
  'an operation that never succeeds': (d) => { delete d.paths[one].get.responses['200']; },
  'an answer that is no status': (d) => { d.paths[one].get.responses.banana = { description: 'x' }; },
};

for (const [what, spoil] of Object.entries(broken)) {
  test(`A description with ${what} is refused`, async () => {
    const document = JSON.parse(text);
    spoil(document);
    const found = await problems(JSON.stringify(document));
    assert.ok(found.some((problem) => !known.includes(problem)), 'nothing was found');
  });
}
