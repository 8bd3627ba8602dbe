import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";

interface Frame {
  label: string;
  hint?: ReactNode;
  wrong?: string;
}

function describedBy(id: string, { hint, wrong }: Frame) {
  const ids = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return { "aria-describedby": ids || undefined, "aria-invalid": wrong ? true : undefined };
}

function Framed({ id, label, hint, wrong, children }: Frame & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {hint && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {wrong && (
        <span className="wrong" id={`${id}-wrong`} role="alert">
          {wrong}
        </span>
      )}
    </div>
  );
}

export function TextField({ label, hint, wrong, ...rest }: Frame & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Framed id={id} label={label} hint={hint} wrong={wrong}>
      <input
        id={id}
        className="input"
        autoComplete="off"
        {...describedBy(id, { label, hint, wrong })}
        {...rest}
      />
    </Framed>
  );
}

export function AreaField({
  label,
  hint,
  wrong,
  ...rest
}: Frame & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Framed id={id} label={label} hint={hint} wrong={wrong}>
      <textarea id={id} className="input" {...describedBy(id, { label, hint, wrong })} {...rest} />
    </Framed>
  );
}

export function SelectField({
  label,
  hint,
  wrong,
  children,
  ...rest
}: Frame & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Framed id={id} label={label} hint={hint} wrong={wrong}>
      <select id={id} className="input" {...describedBy(id, { label, hint, wrong })} {...rest}>
        {children}
      </select>
    </Framed>
  );
}

export function CheckField({ label, hint, ...rest }: Frame & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className="field">
      <label className="choice" htmlFor={id}>
        <input id={id} type="checkbox" {...describedBy(id, { label, hint })} {...rest} />
        {label}
      </label>
      {hint && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}
