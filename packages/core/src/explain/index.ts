export { type Denial, type ExplainContext, explain } from './explain.js';
export { roleNames } from './role-phrases.js';
export { explainSignIn } from './sign-in-sentences.js';
