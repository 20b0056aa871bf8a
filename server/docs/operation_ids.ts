/**
 * The names of the operations, which become the functions of generated clients. One list, so that no two share a name;
 * renaming one breaks those who generate clients.
 * @module
 */

const NAMES: Readonly<Record<string, string>> = {
  "GET /livez": "getLiveness",
  "GET /readyz": "getReadiness",
  "POST /api/v1/auth/send-otp": "sendOtp",
  "POST /api/v1/auth/verify-otp": "verifyOtp",
  "POST /api/v1/auth/signup": "signUp",
  "POST /api/v1/auth/refresh": "refreshTokens",
  "POST /api/v1/auth/logout": "signOut",
  "POST /api/v1/auth/logout-all": "signOutEverywhere",
  "GET /api/v1/config": "getConfig",
  "GET /api/v1/users/profile": "getOwnProfile",
  "PUT /api/v1/users/profile": "updateOwnProfile",
  "GET /api/v1/users/{id}/profile": "getProfile",
  "GET /api/v1/users/me/export": "exportOwnData",
  "DELETE /api/v1/users/me": "deleteOwnAccount",
  "GET /api/v1/users/me/notices": "listNotices",
  "GET /api/v1/users/blocks": "listBlocks",
  "POST /api/v1/users/{id}/block": "blockUser",
  "DELETE /api/v1/users/{id}/block": "unblockUser",
  "POST /api/v1/users/{id}/report": "reportUser",
  "GET /api/v1/discovery/profiles": "listProfiles",
  "POST /api/v1/discovery/action": "takeAction",
  "GET /api/v1/matches": "listMatches",
  "DELETE /api/v1/matches/{id}": "unmatch",
  "POST /api/v1/messages/request": "sendRequest",
  "GET /api/v1/messages/requests": "listRequests",
  "POST /api/v1/messages/request/{id}/respond": "respondToRequest",
  "DELETE /api/v1/messages/request/{id}": "cancelRequest",
  "POST /api/v1/messages/send": "sendMessage",
  "PUT /api/v1/messages/{id}/read": "markMessageRead",
  "GET /api/v1/conversations": "listConversations",
  "GET /api/v1/conversations/{id}": "getConversation",
  "GET /api/v1/conversations/{id}/messages": "listMessages",
  "POST /api/v1/conversations/{id}/read": "markConversationRead",
  "GET /api/v1/sync": "sync",
  "GET /api/v1/devices": "listDevices",
  "PUT /api/v1/devices/current": "registerDevice",
  "DELETE /api/v1/devices/current": "unregisterDevice",
  "POST /api/v1/devices/current/test": "testDevice",
  "POST /api/v1/media": "createUpload",
  "GET /api/v1/media/{id}": "getMedia",
  "POST /api/v1/media/{id}/complete": "completeUpload",
  "POST /api/v1/appeals": "fileAppeal",
  "GET /api/v1/appeals": "listOwnAppeals",
  "GET /api/v1/admin/appeals": "listAppeals",
  "GET /api/v1/admin/appeals/{id}": "getAppeal",
  "POST /api/v1/admin/appeals/{id}/claim": "claimAppeal",
  "POST /api/v1/admin/appeals/{id}/release": "releaseAppeal",
  "POST /api/v1/admin/appeals/{id}/decide": "decideAppeal",
  "GET /api/v1/admin/audit": "listAuditEntries",
  "GET /api/v1/admin/blocks": "listAllBlocks",
  "GET /api/v1/admin/blocks/{id}": "getBlock",
  "POST /api/v1/admin/blocks/{id}/lift": "liftBlock",
  "POST /api/v1/admin/blocks/{id}/uphold": "upholdBlock",
  "GET /api/v1/admin/reports": "listReports",
  "GET /api/v1/admin/reports/{id}": "getReport",
  "POST /api/v1/admin/reports/{id}/claim": "claimReport",
  "POST /api/v1/admin/reports/{id}/release": "releaseReport",
  "POST /api/v1/admin/reports/{id}/notes": "addNote",
  "POST /api/v1/admin/reports/{id}/resolve": "resolveReport",
  "POST /api/v1/admin/reports/{id}/undo": "undoDecision",
  "GET /api/v1/admin/sanctions": "listSanctions",
  "POST /api/v1/admin/users/{id}/sanctions": "imposeSanction",
  "DELETE /api/v1/admin/users/{id}/sanctions/{sanction_id}": "liftSanction",
  "POST /api/v1/admin/users/{id}/sanctions/{sanction_id}/confirm": "confirmBan",
  "GET /api/v1/admin/stats": "getStats",
  "GET /api/v1/admin/users": "searchUsers",
  "GET /api/v1/admin/users/{id}": "getDossier",
  "POST /api/v1/admin/users/{id}/reports/dismiss": "dismissReportsOfReporter",
};

/**
 * @param route Method and path, such as `GET /api/v1/users/{id}/profile`.
 * @returns Its name; undefined for a route that has none yet, which the tests of the documents refuse.
 */
export function operationIdOf(route: string): string | undefined {
  return NAMES[route];
}
