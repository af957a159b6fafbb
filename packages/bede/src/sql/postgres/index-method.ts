import type { IndexMethod } from '../../model/definition.ts'
import type { Dialect } from '../dialect.ts'

/** PostgreSQL §11.2, §65.4 (GIN) and §F.35 (pg_trgm). */
export const indexMethods: Readonly<Record<IndexMethod, ReturnType<Dialect['indexMethod']>>> = {
  trigram: { using: ' using gin', operators: ' gin_trgm_ops', extension: 'pg_trgm' },
  gin: { using: ' using gin', operators: '' },
}
