/** What the development issuers and their client agree on. */
export const demoClient = 'selvage-cli'
export const demoGrant = 'urn:selvage:params:grant-type:demo'
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
