// Manifests against the OpenAPI schemas that Kubernetes publishes, strictly: a field that no schema
// knows is an error, as a misspelt one would otherwise be dropped in silence.
//   schemas.mjs SCHEMAS MANIFEST...   SCHEMAS holds api/v1.json and apis/GROUP/VERSION.json
// Its packages are looked for in $KANI_DEPLOY_BUILD.

import {existsSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const require = createRequire(join(process.env.KANI_DEPLOY_BUILD, 'package.json'));
const Ajv = require('ajv');
const {parseAllDocuments} = require('yaml');

const [schemas, ...manifests] = process.argv.slice(2);

/** Closes every object whose fields are listed. */
function close(schema) {
  if (Array.isArray(schema)) return schema.forEach(close);
  if (schema === null || typeof schema !== 'object') return undefined;
  if (schema.properties && !('additionalProperties' in schema) && !schema['x-kubernetes-preserve-unknown-fields']) {
    schema.additionalProperties = false;
  }
  return Object.values(schema).forEach(close);
}

function validatorOf({apiVersion, kind}) {
  const file = join(schemas, apiVersion.includes('/') ? 'apis' : 'api', `${apiVersion}.json`);
  if (!existsSync(file)) throw new Error(`no schema of ${apiVersion}`);
  const document = JSON.parse(readFileSync(file, 'utf8'));
  close(document.components.schemas);
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const named = Object.entries(document.components.schemas).find(([, schema]) =>
      schema['x-kubernetes-group-version-kind']?.some(
          (each) => each.group === group && each.version === version && each.kind === kind));
  if (!named) throw new Error(`no schema of ${apiVersion} ${kind}`);
  // Not strict about the schema: it has words of Kubernetes' own.
  const ajv = new Ajv({strict: false, allErrors: true, logger: false, validateFormats: false});
  ajv.addSchema({$id: 'kubernetes', ...document});
  return ajv.compile({$ref: `kubernetes#/components/schemas/${named[0]}`});
}

let bad = 0;
let seen = 0;
for (const name of manifests) {
  for (const document of parseAllDocuments(readFileSync(name, 'utf8'))) {
    const errors = document.errors.map(({message}) => message);
    const manifest = document.toJS();
    const validate = validatorOf(manifest);
    if (!validate(manifest)) {
      errors.push(...validate.errors.map(({instancePath, message, params}) =>
          `${instancePath}: ${message} ${JSON.stringify(params)}`));
    }
    for (const error of errors) console.log(`${name}: ${error}`);
    bad += errors.length;
    seen += 1;
  }
}
console.log(`${seen} manifests, ${bad} faults: ${schemas.split('/').at(-1)}`);
process.exit(bad > 0 || seen === 0 ? 1 : 0);
