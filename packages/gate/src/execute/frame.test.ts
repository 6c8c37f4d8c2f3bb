import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame, FrameError, FrameReader } from './frame.ts'

describe('frames', () => {
  it('arrive whole however a pipe cuts them', () => {
    const frame = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 300 }))
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(([kind, payload]) => encodeFrame(kind, payload)))
        const reader = new FrameReader(300)
        const got: [number, Uint8Array][] = []
        for (let at = 0, i = 0; at < bytes.length; i += 1) {
          const end = at + cuts[i % cuts.length]!
          for (const { kind, payload } of reader.push(bytes.subarray(at, end))) got.push([kind, new Uint8Array(payload)])
          at = end
        }
        expect(got).toEqual(frames)
      }),
    )
  })

  it('larger than the bound are refused by their header alone', () => {
    expect(() => new FrameReader(10).push(encodeFrame(1, Buffer.alloc(11)).subarray(0, 5))).toThrow(FrameError)
    expect(() => new FrameReader(10).push(Buffer.from('what is this?'))).toThrow(FrameError)
  })
})
