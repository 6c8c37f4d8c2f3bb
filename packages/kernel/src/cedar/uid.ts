/** The identity of a Cedar entity. */
export interface Uid {
  readonly type: string
  readonly id: string
}

/** Equal uids have equal keys; types hold no quote, so keys cannot collide. */
export const uidKey = (uid: Uid): string => `${uid.type}::"${uid.id}"`
