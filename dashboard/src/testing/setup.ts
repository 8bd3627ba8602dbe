import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// Other checks may have the machine at the same time: what comes late has still come.
configure({ asyncUtilTimeout: 15_000 });
afterEach(cleanup);
