import { createRequire } from 'node:module'

type Selector = () => (...options: readonly unknown[]) => never

// Resolved from where Fastify stands: they are its dependencies, not ours.
const fastifys = createRequire(createRequire(import.meta.url).resolve('fastify'))

/**
 * Fastify's own schema compilers, loaded when a route of the user's first brings a schema. Bede's routes bring none:
 * a start does without Ajv and fast-json-stringify, some 150 modules.
 */
export const schemaCompilers = {
  buildValidator: (...options: readonly unknown[]): never =>
    (fastifys('@fastify/ajv-compiler') as Selector)()(...options),
  buildSerializer: (...options: readonly unknown[]): never =>
    (fastifys('@fastify/fast-json-stringify-compiler') as Selector)()(...options),
}
