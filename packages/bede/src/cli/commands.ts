import { call } from './call.ts'
import { check } from './check.ts'
import type { Command } from './command/command.ts'
import { dev } from './dev/dev.ts'
import { migrateApply } from './migrate/apply.ts'
import { migratePlan } from './migrate/plan.ts'
import { migrateRehearse } from './migrate/rehearse.ts'
import { migrateStatus } from './migrate/status.ts'
import { migrateUndo } from './migrate/undo.ts'
import { create } from './new/new.ts'
import { openapi } from './openapi.ts'
import { prove } from './prove/prove.ts'
import { secretsNew } from './secrets/new.ts'
import { secretsRotate } from './secrets/rotate.ts'
import { secretsStatus } from './secrets/status.ts'
import { sql } from './sql.ts'
import { start } from './start.ts'
import { exportModel } from './transfer/export.ts'
import { importModel } from './transfer/import.ts'

/** Every command, in the order in which somebody meets them. */
export const commands: readonly Command[] = [
  create,
  dev,
  start,
  check,
  openapi,
  sql,
  call,
  migratePlan,
  migrateApply,
  migrateStatus,
  migrateUndo,
  migrateRehearse,
  prove,
  exportModel,
  importModel,
  secretsNew,
  secretsStatus,
  secretsRotate,
]
