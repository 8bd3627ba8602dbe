import { ExternalLink } from "lucide-react";
import { useMemo } from "react";
import { encode } from "uqr";
import { Copy } from "../../ui/bits.tsx";

/** Light modules around the picture, without which phones do not find it. */
const BORDER = 3;

/** One path of all dark modules. */
function pathOf(rows: boolean[][]): string {
  return rows
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + BORDER} ${y + BORDER}h1v1h-1z` : "")))
    .join("");
}

/** Drawn here, so that nobody else learns the link. Always dark on light: not every phone reads the reverse. */
function Qr({ text, label }: { text: string; label: string }) {
  const code = useMemo(() => encode(text, { ecc: "M", border: 0 }), [text]);
  const size = code.size + 2 * BORDER;
  return (
    <svg
      className="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={pathOf(code.data)} fill="#10201c" />
    </svg>
  );
}

/** The link that opens the conversation, and its picture for a phone. */
export function Invite({ url, name }: { url: string; name: string }) {
  return (
    <div className="invite">
      <Qr text={url} label={`QR code of the invite to ${name}`} />
      <div className="stack tight">
        <h2>{`${name} is in the conversation`}</h2>
        <p>Open the invite to talk, or point a phone at the picture.</p>
        <span className="with-copy">
          <a className="link" href={url} target="_blank" rel="noreferrer">
            {url}
          </a>
          <Copy text={url} what="the invite" />
        </span>
        <div>
          <a className="button first" href={url} target="_blank" rel="noreferrer">
            Open the conversation <ExternalLink aria-hidden />
          </a>
        </div>
      </div>
    </div>
  );
}
