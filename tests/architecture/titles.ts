/** Strings that open a call, behind `it(`, `test(`, `describe(` and what may stand between: `.each(…)(`, `.skipIf(…)(`. */
const opened = /(\b(?:it|test|describe|timed)(?:\.\w+)?|\))\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`),/g

/** Titles of the tests of a file, as they are written, `%s` and `${…}` too. Not those that never run. */
export function titlesIn(source: string): readonly string[] {
  const code = source.replace(/^\s*\/\/.*$/gm, '').replace(/^\s*\/\*[\s\S]*?\*\//gm, '')
  return [...code.matchAll(opened)].flatMap(([, call = '', single, double, template]) =>
    /\.(?:skip|todo)$/.test(call) ? [] : [single ?? double ?? template ?? ''],
  )
}
