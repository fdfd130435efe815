const openssl = 'compares with OpenSSL';
const independent = 'its second writer stands on node:crypto';
const memory = 'it is the memory of Node.js that is measured';
const hardware = 'its key in hardware is one of node:crypto';

/** Tests that pass in Node.js only, by their file, and why; in another engine they fail, and no other may. */
export const leftToNode: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'sets/box-vectors.test.ts': {
    "'one card of a delta': a writer that shares nothing with the first writes the same bytes": independent,
    "'a card gone, another and a code in it…': a writer that shares nothing with the first writes the same bytes":
      independent,
    "'a bucket, whatever was in it': a writer that shares nothing with the first writes the same bytes": independent,
    "'an empty bucket': a writer that shares nothing with the first writes the same bytes": independent,
  },
  'crypto/crypto-provider.test.ts': {
    'strict Ed25519 verification, on both providers alike > is not where OpenSSL draws it, which takes every key':
      openssl,
  },
  'caller/hardware-caller.test.ts': {
    'a caller whose secret is in hardware > opens the door, and asks its hardware once: after message 2, before the journal':
      hardware,
    'a caller whose secret is in hardware > that declines has told the lock nothing': hardware,
    'a caller whose secret is in hardware > T4: that takes longer than the lock waits has told it nothing': hardware,
    'a caller whose secret is in hardware > T6: that agrees with another secret, or with nothing, opens nothing':
      hardware,
    'message 3 is the same whoever makes the agreement': hardware,
  },
  'fuzz/fuzz.test.ts': {
    'whatever bytes come > the fuzzer finds memory taken and given back, with the shortest input': memory,
    'whatever bytes come > the fuzzer finds a long list, with the shortest input': memory,
  },
  'index.test.ts': {
    'the entry points export exactly these values': 'its snapshot is written by the runner in Node.js',
  },
  'noise/suite2-vectors.test.ts': {
    "T25: 'grant': a writer that shares nothing with the machine writes the same bytes": independent,
    "T25: 'token': a writer that shares nothing with the machine writes the same bytes": independent,
    "T25: 'cold': a writer that shares nothing with the machine writes the same bytes": independent,
  },
};
