import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { Route, Switch } from "wouter";
import { Problem } from "./api/problem.ts";
import { LiveProvider } from "./live/live.tsx";
import { ClaimPage } from "./pages/claims/claim.tsx";
import { ClaimsPage } from "./pages/claims/claims.tsx";
import { NewClaimPage } from "./pages/claims/new_claim.tsx";
import { DestroyRequestsPage } from "./pages/destroy_requests.tsx";
import { EventsPage } from "./pages/events.tsx";
import { InstancePage } from "./pages/instances/instance.tsx";
import { InstancesPage } from "./pages/instances/instances.tsx";
import { NowherePage } from "./pages/nowhere.tsx";
import { OverviewPage } from "./pages/overview/overview.tsx";
import { SettingsPage } from "./pages/settings/settings.tsx";
import { SystemPage } from "./pages/system/system.tsx";
import { EditTemplatePage, NewTemplatePage } from "./pages/templates/edit.tsx";
import { TemplatePage } from "./pages/templates/template.tsx";
import { TemplatesPage } from "./pages/templates/templates.tsx";
import { SessionGate } from "./session.tsx";
import { Shell } from "./shell/shell.tsx";
import { ToastProvider } from "./ui/toasts.tsx";

const RETRIES_MAX = 2;

/** What a second try may mend: nobody answered, the pool is busy or starting. */
function retry(failures: number, error: unknown): boolean {
  const passing =
    error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);
  return passing && failures < RETRIES_MAX;
}

const newClient = () =>
  new QueryClient({ defaultOptions: { queries: { retry, staleTime: 5_000, refetchOnWindowFocus: true } } });

export function App() {
  const [client] = useState(newClient);
  return (
    <QueryClientProvider client={client}>
      <ToastProvider>
        <SessionGate>
          <LiveProvider>
            <Shell>
              <Pages />
            </Shell>
          </LiveProvider>
        </SessionGate>
      </ToastProvider>
    </QueryClientProvider>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={OverviewPage} />
      <Route path="/instances" component={InstancesPage} />
      <Route path="/instances/:id">{({ id }) => <InstancePage key={id} id={id} />}</Route>
      <Route path="/claims" component={ClaimsPage} />
      <Route path="/claims/new" component={NewClaimPage} />
      <Route path="/claims/:id">{({ id }) => <ClaimPage key={id} id={id} />}</Route>
      <Route path="/templates" component={TemplatesPage} />
      <Route path="/templates/new" component={NewTemplatePage} />
      <Route path="/templates/:id">{({ id }) => <TemplatePage key={id} id={id} />}</Route>
      <Route path="/templates/:id/edit">{({ id }) => <EditTemplatePage key={id} id={id} />}</Route>
      <Route path="/destroy-requests" component={DestroyRequestsPage} />
      <Route path="/events" component={EventsPage} />
      <Route path="/system" component={SystemPage} />
      <Route path="/settings" component={SettingsPage} />
      <Route component={NowherePage} />
    </Switch>
  );
}
