import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import type { Network } from './network.ts'
import type { Server } from './server.ts'

/** What everything stands on, and what can be done to it. */
export interface Ground {
  readonly cluster: Cluster
  readonly network: Network
  readonly server: Server
}

/** One thing that goes wrong. When it settles everything is up again. */
export interface Fault {
  readonly name: string
  readonly strike: (ground: Ground) => Promise<void>
}

const hour = 60 * 60 * 1000
const between = (from: number, to: number) => from + Math.random() * (to - from)

/** Every kind of fault that this machine can have. */
export const faultsFor = (cluster: Cluster): readonly Fault[] => [
  {
    name: 'the server is killed',
    async strike({ server }) {
      await server.kill()
      await pause(between(0, 300))
      await server.revive()
    },
  },
  {
    name: 'a connection is killed in mid-statement',
    async strike({ cluster, server }) {
      // PostgreSQL ends all sessions and recovers from its log, as after any crash of one.
      const pids = cluster.backends()
      const pid = pids[Math.floor(Math.random() * pids.length)]
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      await cluster.revive()
      await server.revive()
    },
  },
  {
    name: 'PostgreSQL is killed',
    async strike({ cluster, server }) {
      cluster.kill()
      await pause(between(0, 500))
      await cluster.revive()
      await server.revive()
    },
  },
  {
    name: 'the network is cut',
    async strike({ network, server }) {
      network.cut()
      await server.revive()
    },
  },
  {
    name: 'the network stalls',
    async strike({ network, server }) {
      network.stall()
      await pause(between(200, 2500))
      network.heal()
      await server.revive()
    },
  },
  {
    name: 'the network stalls and is then cut',
    async strike({ network, server }) {
      network.stall()
      await pause(between(200, 1000))
      network.cut()
      network.heal()
      await server.revive()
    },
  },
  {
    name: 'the network truncates',
    async strike({ network, server }) {
      network.truncate()
      await pause(between(50, 300))
      network.heal()
      await server.revive()
    },
  },
  {
    name: 'the clock jumps',
    async strike({ server }) {
      server.clock(between(-6 * hour, 6 * hour))
      await pause(between(300, 900))
      server.clock(0)
      await server.revive()
    },
  },
  ...(cluster.smallDisk
    ? [
        {
          name: 'the disk is full',
          async strike({ cluster, server }: Ground) {
            cluster.fillDisk()
            await pause(between(500, 1500))
            cluster.freeDisk()
            await cluster.revive()
            await server.revive()
          },
        },
      ]
    : []),
]
