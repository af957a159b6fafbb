import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { quick } from './options.ts'

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Chart {
  /** Of the file, without its ending. */
  readonly file: string
  readonly title: string
  readonly x: string
  readonly y: string
  /** Of x: by ratios, or by differences with few numbers written below. */
  readonly scale?: 'logarithmic' | 'linear'
  readonly lines: readonly Line[]
}

const [width, height] = [560, 300]
const [left, right, top, bottom] = [64, 130, 36, 48]
const colors = ['#1b6ca8', '#c2410c', '#15803d', '#7e22ce', '#b91c1c', '#52525b']

const text = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Draws lines over a y that begins at 0, as a file of docs/explanation that needs nothing else. */
export function draw(chart: Chart): void {
  const xs = [...new Set(chart.lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b)
  const highest = Math.max(...chart.lines.flatMap(({ points }) => points.map(([, y]) => y)))
  const linear = chart.scale === 'linear'
  const placed = linear ? (x: number) => x : Math.log
  const [low, high] = [linear ? 0 : Math.log(xs[0] ?? 1), placed(xs.at(-1) ?? 1)]
  const between = niceStep(high / 5)
  const named = linear ? Array.from({ length: Math.floor(high / between) + 1 }, (_, n) => n * between) : xs
  const step = niceStep(highest / 4)
  const most = Math.ceil(highest / step) * step || 1
  const at = (x: number): number =>
    left + (high === low ? 0.5 : (placed(x) - low) / (high - low)) * (width - left - right)
  const up = (y: number): number => height - bottom - (y / most) * (height - top - bottom)
  const ticks = Array.from({ length: Math.round(most / step) + 1 }, (_, n) => n * step)
  const parts = [
    `<text x="${left}" y="20" class="title">${text(chart.title)}</text>`,
    ...ticks.map(
      (y) =>
        `<path d="M${left} ${up(y).toFixed(1)}H${width - right}" class="grid"/><text x="${left - 8}" y="${(up(y) + 4).toFixed(1)}" text-anchor="end">${y.toLocaleString('en')}</text>`,
    ),
    ...named.map(
      (x) =>
        `<text x="${at(x).toFixed(1)}" y="${height - bottom + 18}" text-anchor="middle">${x.toLocaleString('en')}</text>`,
    ),
    `<text x="${(left + width - right) / 2}" y="${height - 10}" text-anchor="middle">${text(chart.x)}</text>`,
    `<text x="14" y="${(top + height - bottom) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(top + height - bottom) / 2})">${text(chart.y)}</text>`,
    ...labeled(chart.lines, up).flatMap(({ line, label }, index) => {
      const color = colors[index % colors.length] ?? '#000'
      const path = line.points
        .map(([x, y], n) => `${n === 0 ? 'M' : 'L'}${at(x).toFixed(1)} ${up(y).toFixed(1)}`)
        .join('')
      const dots = (linear ? [] : line.points).map(
        ([x, y]) => `<circle cx="${at(x).toFixed(1)}" cy="${up(y).toFixed(1)}" r="3" fill="${color}"/>`,
      )
      return [
        `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
        ...dots,
        `<text x="${width - right + 10}" y="${label.toFixed(1)}" fill="${color}">${text(line.name)}</text>`,
      ]
    }),
  ]
  const style =
    'text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:14px}.grid{stroke:#ddd;fill:none}'
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${text(chart.title)}">\n<style>${style}</style>\n<rect width="${width}" height="${height}" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`
  if (!quick) writeFileSync(fileURLToPath(new URL(`../../docs/explanation/${chart.file}.svg`, import.meta.url)), svg)
}

/** The names of the lines at their ends, moved apart where they would cover each other. */
function labeled(lines: readonly Line[], up: (y: number) => number): { line: Line; label: number }[] {
  const ends = lines.map((line) => ({ line, label: up(line.points.at(-1)?.[1] ?? 0) + 4 }))
  let before = Number.NEGATIVE_INFINITY
  for (const end of ends.toSorted((a, b) => a.label - b.label)) {
    end.label = Math.max(end.label, before + 14)
    before = end.label
  }
  return ends
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough || 1))
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
}
