/**
 * The script of the process that decodes one picture. Nothing imports it; the executable has a hidden command instead.
 * @module
 */
import { decodeOnce } from "./child.ts";

if (import.meta.main) await decodeOnce();
