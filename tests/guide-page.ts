import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './dev-mesh.ts'

/** A fenced block of a guide. `info` is what follows the language: a file's name, or how a command is to be run. */
interface Block {
  readonly language: string
  readonly info: string
  readonly text: string
}

export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(root, 'docs', 'guide', page), 'utf8')
  return [...text.matchAll(/^```(\w+) ?([^\n]*)\n(.*?)^```$/gms)].map(match => ({
    language: match[1]!,
    info: match[2]!.trim(),
    text: match[3]!,
  }))
}

/** Writes the files that `your-first-mesh.md` shows. */
export function writeFirstMesh(dir: string): void {
  for (const { language, info, text } of blocksOf('your-first-mesh.md')) {
    if (language === 'sh' || language === 'text') continue
    mkdirSync(dirname(join(dir, info)), { recursive: true })
    writeFileSync(join(dir, info), text)
  }
}
