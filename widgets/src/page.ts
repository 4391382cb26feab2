/** What a page of the studio runs before it is drawn. */

import { mend } from "./lib/panel_react";

interface ReactComponent {
  readonly prototype: { _render_code(): string };
}

declare const Bokeh: { readonly Models: { get(name: string): ReactComponent } };

const component = Bokeh.Models.get("panel.models.esm.ReactComponent").prototype;
const written = component._render_code;
component._render_code = function () {
  return mend(written.call(this));
};
