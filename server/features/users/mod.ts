/**
 * The face of the users feature: people, their profiles, and what operators do with accounts.
 * @module
 */
export { type Account, type AccountService, createAccountService } from "./accounts.ts";
export { EMAIL_MAX, emailFlaw, profileFlaws } from "./profile_rules.ts";
export { userRoutes } from "./routes.ts";
export { INTERESTS_MAX, InteractionStatus, OwnProfile, PHOTOS_MAX, ProfileFields } from "./schema.ts";
export { createUserService, type NewUser, requireEmail, type UserService } from "./service.ts";
