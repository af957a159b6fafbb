import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { freePort } from './free-port.ts'

/** Why tests that need a Redis of their own are skipped; false when they run. */
export const noRedis: string | false = !installed()
  ? 'the package ioredis is not installed'
  : spawnSync('redis-server', ['--version']).status === 0
    ? false
    : 'there is no redis-server here'

function installed(): boolean {
  try {
    return import.meta.resolve('ioredis') !== ''
  } catch {
    return false
  }
}

/** A Redis server of a test's own, which may be killed, made to stand still and begun again on the same port. */
export async function redisServer() {
  const port = await freePort()
  let child: ChildProcess | undefined
  const begin = async (): Promise<void> => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp']
    const begun = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
    child = begun
    await new Promise<void>((resolve, reject) => {
      begun.once('exit', reject)
      begun.stdout.on('data', (said) => /Ready to accept connections/.test(String(said)) && resolve())
    })
  }
  const signal = (name: NodeJS.Signals): void => void child?.kill(name)
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    signal('SIGKILL')
    await ended
  }
  await begin()
  return { url: `redis://127.0.0.1:${port}`, begin, kill, signal }
}
