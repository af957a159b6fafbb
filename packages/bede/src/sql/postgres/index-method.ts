import type { IndexMethod, VectorDistance } from '../../model/definition.ts'
import type { Dialect } from '../dialect.ts'

const operators: Readonly<Record<VectorDistance, string>> = {
  cosine: ' vector_cosine_ops',
  l2: ' vector_l2_ops',
  innerProduct: ' vector_ip_ops',
}

/** PostgreSQL §11.2, §65.2 (GiST), §65.4 (GIN) and §F.35 (pg_trgm); the README of pgvector, "HNSW". */
const methods: Readonly<Record<IndexMethod, NonNullable<ReturnType<Dialect['indexMethod']>>>> = {
  trigram: { using: ' using gin', operators: ' gin_trgm_ops', extension: 'pg_trgm' },
  gin: { using: ' using gin', operators: '' },
  hnsw: { using: ' using hnsw', operators: '', extension: 'vector' },
  gist: { using: ' using gist', operators: '' },
}

export const indexMethod: Dialect['indexMethod'] = ({ method, distance }) =>
  method === undefined ? undefined : { ...methods[method], ...(distance && { operators: operators[distance] }) }
