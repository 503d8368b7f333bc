export {
  createVendorFetch,
  type VendorFetch,
  type VendorFetchSettings,
  type VendorRequestInit,
} from './vendor-fetch.js';
