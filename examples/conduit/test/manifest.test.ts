import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { link } from 'bede'
import schema from 'bede/manifest.schema.json' with { type: 'json' }
import app from '../app.ts'

test('the manifest meets the schema that the package publishes', () => {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(schema)
  const printed = JSON.parse(JSON.stringify(link(app).manifest))
  assert.ok(validate(printed), JSON.stringify(validate.errors?.slice(0, 3)))
  assert.equal(validate({ ...printed, version: 2 }), false)
})
