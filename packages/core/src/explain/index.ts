export { type Denial, type ExplainContext, explain } from './explain.js';
export { explainSignIn } from './sign-in-sentences.js';
