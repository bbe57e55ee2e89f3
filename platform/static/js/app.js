import "./menu.js";
import "./shelf.js";
import "./sheet.js";
import "./toast.js";
import "./search.js";
import "./shortcuts.js";
import "./impressions.js";
import "./pages.js";
