export { type UnlockWay, unlockWays } from './unlock-way.js';
