export { createVendorFetch, type VendorFetch, type VendorFetchSettings } from './vendor-fetch.js';
