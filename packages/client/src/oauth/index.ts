export {
  type AppSignIn,
  createAppSignIn,
  createPkce,
  type OAuthApp,
  type OAuthTokens,
  type Pkce,
} from './app-sign-in.js';
export { OAuthError, type OAuthErrorInfo } from './oauth-error.js';
