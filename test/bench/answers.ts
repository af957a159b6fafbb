// The measured servers on few rows: exits well when they answer the same, under policies. A process of its
// own, because measurements end their process when something fails.
import { blog, limit, operations } from '../../bench/blog/contestants.ts'
import { world } from '../../bench/blog/world.ts'
import { sameAnswers } from '../../bench/measure/same-answers.ts'

const { url, articleIds, actor, drop } = await world(0.02)
const byHand = await limit(url, actor, articleIds)
const variants = ['own', 'members']
const served = await Promise.all(
  variants.map((name) => blog(url, articleIds, { name, env: { BEDE_BENCH_POLICY: name } })),
)
try {
  await sameAnswers([byHand, ...served], operations)
  console.log('the same')
} finally {
  await Promise.all([byHand, ...served].map((server) => server.stop()))
  await drop()
}
