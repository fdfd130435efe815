#!/usr/bin/env -S node --max-semi-space-size=1
await import('../dist/main.js');
