import { createHash } from 'node:crypto'
import type { Random } from '../ports.ts'

/** 256 bits under a prefix by which a search for secrets finds it. No access token looks like it: those have dots. */
const form = /^svg_session_[A-Za-z0-9_-]{43}$/

export const newHandle = (random: Random): string => `svg_session_${random(32).toString('base64url')}`

export const isHandle = (text: string): boolean => form.test(text)

/**
 * What is kept of a handle. It is looked up by this alone, so how long that takes says nothing of the handle: whoever guesses cannot
 * steer a digest.
 */
export const digestOf = (handle: string): string => createHash('sha256').update(handle).digest('base64url')
