import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { distUrl } from '../dist-modules.ts'
import type { Target } from '../target.ts'
import { strictJsonTarget } from './identity.ts'
import { scratch } from './refusals.ts'

/** Bugs in a copy of a parser: what each replaces, and by what. The fuzzer's own tests see each of them found. */
const bugs: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'planted-hang': ['if (code === backslash)', 'if (code === 0x7f) to -= 1;\n            if (code === backslash)'],
  'planted-throw': ["catch {\n        throw new JsonRefusal('a text that is not well formed');", 'catch (error) {\n        throw error;'],
  'planted-lenient': ["throw new JsonRefusal('a name twice')", 'out[name] = null'],
  'planted-growth': [
    'const reader = new Reader(text);',
    '(globalThis.held ??= []).push(Buffer.alloc(8192));\n    const reader = new Reader(text);',
  ],
  'planted-misread': ['const value = Number(digits);', 'const value = Number(digits.slice(0, 9));'],
}

async function planted(name: string, [from, to]: readonly [string, string]): Promise<Target> {
  const text = readFileSync(fileURLToPath(distUrl('identity/strict-json')), 'utf8')
  if (!text.includes(from)) throw new Error(`${name}: the parser has changed`)
  const dir = scratch()
  const path = join(dir, 'strict-json.mjs')
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  const target = strictJsonTarget(name, (await import(pathToFileURL(path).href)) as Parameters<typeof strictJsonTarget>[1])
  return { ...target, close: () => rmSync(dir, { recursive: true }) }
}

export const plantedTargets: Readonly<Record<string, () => Promise<Target>>> = Object.fromEntries(
  Object.entries(bugs).map(([name, bug]) => [name, () => planted(name, bug)]),
)
