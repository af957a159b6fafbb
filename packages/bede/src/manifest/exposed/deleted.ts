import type { CompiledOperation } from '../manifest.ts'
import { auth, type Exposed, http, idEquals, idInput, oneRow, pageInputs, rowField, viewOf } from './row.ts'

/** The deleted rows that the caller may restore or purge, latest deletion first. */
const listDeleted = (open: Exposed): CompiledOperation => {
  const { softDelete = '' } = open.model
  const input = pageInputs(open)
  return {
    kind: 'read',
    auth: auth(open.policy.restore),
    input,
    answers: {
      kind: 'page',
      from: { model: open.name, deleted: true, as: 'row' },
      item: viewOf(open),
      page: {
        sort: { [softDelete]: rowField(softDelete) },
        defaultSort: `-${softDelete}`,
        defaultLimit: open.exposure.limit.default,
        maxLimit: open.exposure.limit.max,
      },
    },
    http: http('GET', `${open.base}/deleted`, {
      query: Object.fromEntries(Object.keys(input).map((name) => [name, [name]])),
    }),
  }
}

const restore = (open: Exposed): CompiledOperation => ({
  kind: 'write',
  auth: auth(open.policy.restore),
  input: { id: idInput(open) },
  write: { kind: 'restore', model: open.name, target: idEquals(open) },
  answers: viewOf(open),
  http: http('POST', `${open.base}/:id/restore`, { params: { id: ['id'] } }),
})

const purge = (open: Exposed): CompiledOperation => ({
  kind: 'write',
  auth: auth(open.policy.purge),
  input: { id: idInput(open) },
  write: { kind: 'purge', model: open.name, target: idEquals(open) },
  http: oneRow(open, 'POST', { path: `${open.base}/:id/purge`, status: 204 }),
})

/** What a model with `softDelete` can open on top. */
export const deletedOperations = { listDeleted, restore, purge }
