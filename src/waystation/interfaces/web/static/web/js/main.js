// What every page starts; the heavier parts come only where they are used.
import * as copy from "./copy.js";
import * as localTime from "./local-time.js";
import * as palette from "./palette.js";
import * as stageForm from "./stage-form.js";
import * as theme from "./theme.js";

for (const part of [theme, localTime, palette, copy, stageForm]) part.start();

const has = (selector) => document.querySelector(selector) !== null;
if (has("request-live")) import("./request-live.js");
if (has("job-live")) import("./job-live.js");
if (has("library-live")) import("./tape-page.js");
if (has("#listing")) import("./files-page.js").then((page) => page.start());
if (has("upload-dock")) import("./upload-dock.js");
