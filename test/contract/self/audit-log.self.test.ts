import { auditLogContract, type AuditLogWorld } from '../audit-log.contract.js';
import { brokenAuditLogs } from './audit-log.broken.js';
import { expectCaught } from './expect-caught.js';

describe('the contract of AuditLog', () => {
  for (const broken of brokenAuditLogs)
    it(`catches an adapter that breaks [${broken.rule}]`, () =>
      expectCaught<AuditLogWorld>((world) => auditLogContract('broken', world), broken));
});
