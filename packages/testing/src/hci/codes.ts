/** H4 packet indicators (Core 5.4, Vol 4, Part A, 2). */
export const h4 = { command: 0x01, acl: 0x02, event: 0x04 } as const;

/** Opcodes of the HCI commands a virtual controller answers (Core 5.4, Vol 4, Part E, 7). */
export const hciCommand = {
  disconnect: 0x0406,
  readRemoteVersion: 0x041d,
  setEventMask: 0x0c01,
  reset: 0x0c03,
  readLocalName: 0x0c14,
  readLeHostSupported: 0x0c6c,
  writeLeHostSupported: 0x0c6d,
  readLocalVersion: 0x1001,
  readLocalSupportedCommands: 0x1002,
  readLocalSupportedFeatures: 0x1003,
  readBufferSize: 0x1005,
  readBdAddr: 0x1009,
  readRssi: 0x1405,
  leSetEventMask: 0x2001,
  leReadBufferSize: 0x2002,
  leReadLocalSupportedFeatures: 0x2003,
  leSetRandomAddress: 0x2005,
  leSetAdvertisingParameters: 0x2006,
  leReadAdvertisingTxPower: 0x2007,
  leSetAdvertisingData: 0x2008,
  leSetScanResponseData: 0x2009,
  leSetAdvertisingEnable: 0x200a,
  leSetScanParameters: 0x200b,
  leSetScanEnable: 0x200c,
  leCreateConnection: 0x200d,
  leCreateConnectionCancel: 0x200e,
  leReadFilterAcceptListSize: 0x200f,
  leClearFilterAcceptList: 0x2010,
  leConnectionUpdate: 0x2013,
  leReadRemoteFeatures: 0x2016,
  leRand: 0x2018,
  leEnableEncryption: 0x2019,
  leReadSupportedStates: 0x201c,
  leSetDataLength: 0x2022,
  leReadSuggestedDefaultDataLength: 0x2023,
  leWriteSuggestedDefaultDataLength: 0x2024,
  leReadMaxDataLength: 0x202f,
  leSetDefaultPhy: 0x2031,
} as const;

/** Event codes (Core 5.4, Vol 4, Part E, 7.7). */
export const hciEvent = {
  disconnectionComplete: 0x05,
  encryptionChange: 0x08,
  readRemoteVersionComplete: 0x0c,
  commandComplete: 0x0e,
  commandStatus: 0x0f,
  numberOfCompletedPackets: 0x13,
  leMeta: 0x3e,
} as const;

/** Subevent codes of the LE Meta event (Core 5.4, Vol 4, Part E, 7.7.65). */
export const leEvent = {
  connectionComplete: 0x01,
  advertisingReport: 0x02,
  connectionUpdateComplete: 0x03,
  readRemoteFeaturesComplete: 0x04,
  dataLengthChange: 0x07,
} as const;

/** Status and reason codes (Core 5.4, Vol 1, Part F). */
export const hciStatus = {
  success: 0x00,
  unknownCommand: 0x01,
  unknownConnection: 0x02,
  pinOrKeyMissing: 0x06,
  connectionTimeout: 0x08,
  connectionAlreadyExists: 0x0b,
  commandDisallowed: 0x0c,
  unsupportedFeature: 0x11,
  invalidParameters: 0x12,
  remoteUserTerminated: 0x13,
  localHostTerminated: 0x16,
  advertisingTimeout: 0x3c,
  connectionFailedToBeEstablished: 0x3e,
} as const;

/** Type of a legacy advertising report (Core 5.4, Vol 4, Part E, 7.7.65.2). */
export const advertType = {
  connectable: 0x00,
  scannable: 0x02,
  nonConnectable: 0x03,
  scanResponse: 0x04,
} as const;
