/** Bodies that Okta documents to send, word for word: "Okta and SCIM Version 2.0". */
export const oktaRequests = {
  createUser: `{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
  "userName": "test.user@okta.local",
  "name": {
    "givenName": "Test",
    "familyName": "User"
  },
  "emails": [{
    "primary": true,
    "value": "test.user@okta.local",
    "type": "work"
  }],
  "displayName": "Test User",
  "locale": "en-US",
  "externalId": "00ujl29u0le5T6Aj10h7",
  "groups": [],
  "password": "1mz050nq",
  "active": true
}`,
  replaceUser: `{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
  "id": "23a35c27-23d3-4c03-b4c5-6443c09e7173",
  "userName": "test.user@okta.local",
  "name": {
    "givenName": "Another",
    "middleName": "",
    "familyName": "User"
  },
  "emails": [{
    "primary": true,
    "value": "test.user@okta.local",
    "type": "work",
    "display": "test.user@okta.local"
  }],
  "active": true,
  "groups": [],
  "meta": {
    "resourceType": "User"
  }
}`,
  deactivateUser: `{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [{
    "op": "replace",
    "value": {
      "active": false
    }
  }]
}`,
  createGroup: `{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
  "displayName": "Test SCIMv2",
  "members": []
}`,
  renameGroup: `{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [{
    "op": "replace",
    "value": {
      "id": "abf4dd94-a4c0-4f67-89c9-76b03340cb9b",
      "displayName": "Test SCIMv2 renamed"
    }
  }]
}`,
  changeMembers: `{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [{
    "op": "remove",
    "path": "members[value eq \\"89bb1940-b905-4575-9e7f-6f887cfb368e\\"]"
  },
  {
    "op": "add",
    "path": "members",
    "value": [{
      "value": "23a35c27-23d3-4c03-b4c5-6443c09e7173",
      "display": "test.user@okta.local"
    }]
  }]
}`,
} as const;

/** The ids that stand in Okta's examples: of a member who goes, and of one who comes. */
export const oktaMembers = {
  going: '89bb1940-b905-4575-9e7f-6f887cfb368e',
  coming: '23a35c27-23d3-4c03-b4c5-6443c09e7173',
} as const;
