import { PageHead } from "../ui/bits.tsx";
import { ButtonLink } from "../ui/button.tsx";
import { Empty } from "../ui/states.tsx";

export function NowherePage() {
  return (
    <>
      <PageHead title="Nothing here" />
      <Empty title="This address names no page">
        <p>It may have been typed wrongly, or come from another version.</p>
        <ButtonLink to="/">Go to the overview</ButtonLink>
      </Empty>
    </>
  );
}
