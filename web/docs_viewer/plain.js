// A plain list of everything the API answers, for programs built without Swagger UI.
const add = (parent, tag, text = '', name = '') => {
  const element = parent.appendChild(document.createElement(tag));
  element.textContent = text;
  if (name) element.className = name;
  return element;
};

function show(main, verb, path, operation) {
  const box = add(main, 'details', '', 'operation');
  const head = add(box, 'summary');
  add(head, 'code', `${verb.toUpperCase()} ${path}`);
  add(head, 'span', ` ${operation.summary ?? ''}`);
  if (operation.description) add(box, 'p', operation.description);
  const list = add(box, 'ul');
  for (const p of operation.parameters ?? []) {
    add(list, 'li', `${p.name} (${p.in}${p.required ? ', required' : ''}): ${p.description ?? ''}`);
  }
  for (const [type, body] of Object.entries(operation.requestBody?.content ?? {})) {
    add(list, 'li', `body, ${type}: ${body.schema?.$ref?.split('/').at(-1) ?? 'see the description'}`);
  }
  for (const [status, answer] of Object.entries(operation.responses)) {
    add(list, 'li', `${status}: ${answer.description ?? answer.$ref?.split('/').at(-1) ?? ''}`);
  }
}

const main = document.getElementById('api');
const api = await (await fetch('/api/openapi.json')).json();
add(main, 'h1', `${api.info.title} ${api.info.version}`);
for (const [path, item] of Object.entries(api.paths)) {
  for (const [verb, operation] of Object.entries(item)) show(main, verb, path, operation);
}
add(main, 'h2', 'Schemas');
for (const [name, schema] of Object.entries(api.components?.schemas ?? {})) {
  const box = add(main, 'details');
  add(box, 'summary', name);
  add(box, 'pre', JSON.stringify(schema, null, 2));
}
