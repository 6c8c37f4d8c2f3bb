export type { Manifest } from './manifest.ts'
export { needsPublish, type PublishOptions, publishProduct } from './publish-product.ts'
export { findPublished, removeLeftovers, removeOldVersions } from './versions.ts'
