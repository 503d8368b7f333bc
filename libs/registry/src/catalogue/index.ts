export { type CatalogueModel, type CataloguePrice } from './catalogue.js';
export { findModel, type FoundModel } from './find-model.js';
