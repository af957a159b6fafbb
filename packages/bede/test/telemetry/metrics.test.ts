import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { measureProcess } from '../../src/telemetry/metrics/process.ts'
import { createMetrics } from '../../src/telemetry/metrics/registry.ts'

const promtool = spawnSync('promtool', ['--version']).status === 0

test('counters, histograms and gauges are written in the Prometheus text format', () => {
  const metrics = createMetrics()
  const calls = metrics.counter({ name: 'calls_total', help: 'Calls.\nAll of them.', labels: ['name'] })
  const time = metrics.histogram({ name: 'time_seconds', help: 'Time.', labels: ['name'] }, [0.1, 1])
  metrics.gauge({ name: 'size_bytes', help: 'Size.' }, () => 7)
  calls.add(['a'])
  calls.add(['a'], 2)
  calls.add(['quoted " and \\ and\nbroken'])
  for (const seconds of [0.1, 0.5, 3]) time.observe(['a'], seconds)
  assert.equal(
    metrics.text(),
    [
      '# HELP calls_total Calls.\\nAll of them.',
      '# TYPE calls_total counter',
      'calls_total{name="a"} 3',
      'calls_total{name="quoted \\" and \\\\ and\\nbroken"} 1',
      '# HELP time_seconds Time.',
      '# TYPE time_seconds histogram',
      'time_seconds_bucket{name="a",le="0.1"} 1',
      'time_seconds_bucket{name="a",le="1"} 2',
      'time_seconds_bucket{name="a",le="+Inf"} 3',
      'time_seconds_sum{name="a"} 3.6',
      'time_seconds_count{name="a"} 3',
      '# HELP size_bytes Size.',
      '# TYPE size_bytes gauge',
      'size_bytes 7',
      '',
    ].join('\n'),
  )
})

test('a label that grows without end does not fill the memory', () => {
  const metrics = createMetrics()
  const calls = metrics.counter({ name: 'calls_total', help: 'Calls.', labels: ['name'] })
  for (let n = 0; n < 6_000; n++) calls.add([`n${n}`])
  const lines = metrics.text().split('\n')
  assert.ok(lines.length < 5_010)
  assert.ok(lines.includes('calls_total{name="other"} 1000'))
})

test('promtool finds nothing to say', {
  skip: promtool ? false : 'promtool is not installed (Debian: prometheus)',
}, () => {
  const metrics = createMetrics()
  const stop = measureProcess(metrics)
  metrics.counter({ name: 'calls_total', help: 'Calls.', labels: ['name'] }).add(['a "b"'])
  metrics.histogram({ name: 'time_seconds', help: 'Time.', labels: ['name'] }).observe(['a'], 2)
  const run = spawnSync('promtool', ['check', 'metrics'], { input: metrics.text(), encoding: 'utf8' })
  stop()
  assert.equal(`${run.stdout}${run.stderr}`, '')
  assert.equal(run.status, 0)
})
