import { type Code, SelvageError } from '@selvage/kernel/model'

/** `what` is a word of ours or of a specification, never one that the event brought. */
export function refuseSignal(code: Code & `signal.${string}`, what: string): never {
  throw new SelvageError(code, { cause: new Error(`event: ${what}`) })
}
