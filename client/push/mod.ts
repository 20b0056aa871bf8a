/**
 * Notifications while nobody looks: registers a device of any provider, subscribes a browser, and shows in a service
 * worker what comes. A part of the package of its own, for apps that have it.
 * @module
 */
export {
  type Device,
  type DeviceToRegister,
  type PushRefusal,
  PushRefused,
  registerDevice,
  removeDevice,
  type SubscribeOptions,
  subscribeToPush,
  unsubscribeFromPush,
} from "./subscribe.ts";
export { installPushWorker, type PushWorkerOptions } from "./worker.ts";
