#!/usr/bin/env node
await import('../dist/latchwork-lock.js');
