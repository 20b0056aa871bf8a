/**
 * The pictures of a case: photos of the person's profile, and pictures that reports have sealed, which are seen by
 * one-time links that the audit log has.
 * @module
 */
import type { Api } from "../api.ts";
import type { Desk } from "../desk/desk.ts";
import type { DialogSpec } from "../desk/dialog_state.ts";
import { choicesField, leftOutIn } from "../desk/form.ts";
import { counted, handle } from "../format.ts";
import { webUrl } from "../opener.ts";
import { pictureText } from "../picture_text.ts";
import { sanitise } from "../sanitise.ts";
import { readCase } from "./reports/case.ts";

/** Whom it is about, and by which reports. */
export interface PictureSubject {
  readonly personId: string;
  readonly reportIds: readonly string[];
}

/** A picture that can be opened. */
export type Picture =
  | { readonly kind: "photo"; readonly label: string; readonly link: string }
  | {
      readonly kind: "sealed";
      readonly label: string;
      readonly reportId: string;
      readonly mediaId: string;
    };

/** @returns The sealed ones first. Photos that are no http or https link are left out. */
export async function picturesOf(
  api: Pick<Api, "reports" | "users">,
  { personId, reportIds }: PictureSubject,
): Promise<readonly Picture[]> {
  const [{ user }, { reports }] = await Promise.all([
    api.users.show(personId),
    reportIds.length === 0 ? { reports: [] } : readCase(api.reports, reportIds, { reveal: false }),
  ]);
  const sealed = reports.flatMap(({ id: reportId, evidence }) =>
    evidence.items.flatMap(({ picture }): Picture[] => {
      // Deleted before it could be sealed.
      if (!picture || picture.size === 0) return [];
      const label = `picture of ${handle("R", reportId)}, ${pictureText(picture)}`;
      return [{ kind: "sealed", label, reportId, mediaId: picture.media_id }];
    }),
  );
  const photos = user.profile_photos.flatMap((photo): Picture[] => {
    const link = webUrl(photo);
    return link === null ? [] : [{ kind: "photo", label: `photo ${sanitise(link)}`, link }];
  });
  return [...sealed, ...photos];
}

/** @returns The link of a picture; for a sealed one the server makes it, for one look, and writes that down. */
export async function linkOf(api: Pick<Api, "reports">, picture: Picture): Promise<string> {
  if (picture.kind === "photo") return picture.link;
  return await api.reports.pictureLink(picture.reportId, picture.mediaId);
}

/** Opens pictures in the browser, after asking which when there are several. Without one their links are copied. */
export async function openPictures(desk: Desk, subject: PictureSubject): Promise<void> {
  const { api } = desk;
  try {
    const found = await picturesOf(api, subject);
    if (found.length === 0) return desk.say("info", "No photos, and no pictures in the evidence");
    const left = found.length === 1 ? {} : await desk.ask(picturesForm(found));
    if (!left) return;
    const skipped = leftOutIn(left);
    const chosen = found.filter((_, index) => !skipped.includes(String(index)));
    const links = await Promise.all(chosen.map((each) => linkOf(api, each)));
    const audited = chosen.some(({ kind }) => kind === "sealed") ? ": the audit log has it" : "";
    const unopened: string[] = [];
    for (const link of links) if (!(await desk.openLink(link))) unopened.push(link);
    const [first] = unopened;
    if (first === undefined)
      return desk.say("ok", `${counted(links.length, "picture")} opened in the browser${audited}`);
    desk.copy(unopened.join("\n"));
    const more = unopened.length === 1 ? "" : ` and ${unopened.length - 1} more`;
    desk.say("info", `${first}${more}, copied: open it in a browser${audited}`);
  } catch (error) {
    desk.tell("Cannot open the pictures", error);
  }
}

function picturesForm(pictures: readonly Picture[]): DialogSpec {
  const isSealed = pictures.some(({ kind }) => kind === "sealed");
  return {
    title: "Open pictures",
    lines: [
      "They open in the browser; over SSH their links are copied.",
      ...(isSealed ? ["A link to a sealed picture works once, and the audit log has it."] : []),
    ],
    fields: [
      choicesField(
        "pictures",
        pictures.map(({ label }, index) => ({ id: String(index), label })),
      ),
    ],
    confirm: "Open",
    isHarmless: true,
  };
}
