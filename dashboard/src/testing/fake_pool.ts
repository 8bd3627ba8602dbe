/** A pool in memory, to work on pages without one and to test them. It answers in the shapes of the real one. */
import type {
  Claim,
  ClaimRequest,
  DestroyRequest,
  HistoryPoint,
  Instance,
  InstanceStatus,
  JournalEvent,
  Key,
  Kind,
  Pool,
  PoolSpec,
  Template,
  Tool,
  Vendor,
} from "../api/types.ts";

export const FAKE_KEY = "a-key-for-the-fake-pool";
const IMAGE = "ghcr.io/acme/runtime:sha-4f2a91c";
const AGENTS = ["Ada", "Brook", "Cleo", "Dara", "Eli", "Fern", "Gus", "Hana", "Ines", "Juno"];

export const TOOLS: Tool[] = [
  {
    toolId: "openrouter",
    name: "Language models",
    provisioning: ["pool", "user"],
    always: true,
    configured: true,
  },
  {
    toolId: "email",
    name: "Email",
    provisioning: ["pool", "user"],
    always: false,
    configured: true,
    userConfigSchema: {
      type: "object",
      required: ["apiKey", "inboxId"],
      properties: {
        apiKey: {
          type: "string",
          title: "API key",
          description: "Of the user's own account.",
          writeOnly: true,
        },
        inboxId: { type: "string", title: "Inbox", examples: ["ada@example.org"] },
      },
    },
  },
  {
    toolId: "sms",
    name: "Text messages",
    provisioning: ["pool"],
    always: false,
    configured: true,
    problem: "the vendor answers 503",
  },
];

const LOOKED_AT = new Date(Date.now() - 20_000).toISOString();
export const VENDORS: Vendor[] = [
  { name: "compute", latencyMs: 41, errors: 0, checkedAt: LOOKED_AT, since: LOOKED_AT },
  {
    name: "sms",
    problem: "the vendor answers 503",
    latencyMs: 900,
    errors: 3,
    checkedAt: LOOKED_AT,
    since: LOOKED_AT,
  },
];

const id = (seed: number) => (seed * 2_654_435_761 + 1_000_003).toString(36).padStart(12, "0").slice(-12);
const uuid = (seed: number) =>
  `0197a3c4-${(seed % 65_536).toString(16).padStart(4, "0")}-7000-8000-${seed.toString(16).padStart(12, "0")}`;

export class FakePool {
  instances: Instance[] = [];
  claims: Claim[] = [];
  events: JournalEvent[] = [];
  destroyRequests: DestroyRequest[] = [];
  templates: Template[] = [];
  keys: Key[] = [];
  spec: PoolSpec = {
    minIdle: 5,
    maxInstances: 100,
    image: IMAGE,
    model: null,
    stuckTimeoutMs: 900_000,
    maxSurge: 3,
    paused: false,
    sizing: null,
    rollout: null,
  };
  generation = 1;
  role: "viewer" | "claimer" | "operator" | "admin" = "admin";
  signedIn = false;
  listeners = new Set<(event: JournalEvent) => void>();
  #made = 0;

  constructor(members: number, now = Date.now()) {
    const lives: InstanceStatus[] = [
      "claimed",
      "claimed",
      "claimed",
      "ready",
      "claimed",
      "ready",
      "claiming",
      "starting",
    ];
    for (let index = 0; index < members; index++) {
      const status = members > 20 && index % 97 === 5 ? "stuck" : (lives[index % lives.length] ?? "ready");
      this.#add(status, new Date(now - (members - index) * 61_000).toISOString(), index);
    }
    this.spec.minIdle = Math.max(5, this.#count("ready") + this.#count("starting"));
    this.spec.maxInstances = Math.max(100, members * 2);
    this.templates = [
      {
        templateId: uuid(9_001),
        agentName: "Concierge",
        instructions: "Book tables, find taxis, keep the calendar of the group.",
        model: { default: "anthropic/claude-sonnet-4.5", allow_override: true },
        tools: [{ id: "email", provisioning: "user" }],
        visibility: "public",
        createdAt: new Date(now - 9e7).toISOString(),
        updatedAt: new Date(now - 4e6).toISOString(),
      },
      {
        templateId: uuid(9_002),
        agentName: "Scribe",
        instructions: "Write down what the group decides.\nAsk once when a decision has no owner.",
        model: null,
        tools: [],
        visibility: "private",
        createdAt: new Date(now - 8e7).toISOString(),
        updatedAt: new Date(now - 8e7).toISOString(),
      },
    ];
  }

  #add(status: InstanceStatus, at: string, seed: number) {
    const personal = status === "claimed" || status === "claiming" || (status === "stuck" && seed % 2 === 0);
    const instanceId = id(++this.#made);
    const agentName = personal ? AGENTS[seed % AGENTS.length] : undefined;
    this.instances.push({
      instanceId,
      name: agentName ?? instanceId,
      agentName,
      pool: "default",
      status,
      deployStatus: status === "starting" ? "deploying" : status === "stuck" ? "unreachable" : "healthy",
      url: `https://${instanceId}.example.org`,
      image: IMAGE,
      claimId: personal ? uuid(this.#made) : undefined,
      protected: false,
      conditions: [],
      createdAt: at,
      statusSince: at,
      healthyAt: at,
    });
  }

  #count(status: InstanceStatus) {
    return this.instances.reduce((sum, instance) => sum + Number(instance.status === status), 0);
  }

  tell(kind: Kind, object: string, reason: string, message: string, from?: string, to?: string) {
    const event = {
      eventId: this.events.length + 1,
      at: new Date().toISOString(),
      kind,
      object,
      reason,
      message,
      actor: "reconciler/fake",
      from,
      to,
    };
    this.events.push(event);
    for (const listener of this.listeners) listener(event);
  }

  pool(): Pool {
    const of = (status: InstanceStatus) => this.#count(status);
    const status = {
      desired: this.spec.minIdle,
      ready: of("ready"),
      starting: of("starting"),
      claiming: of("claiming"),
      claimed: of("claimed"),
      stuck: of("stuck"),
      destroying: of("destroying"),
      waiting: this.claims.filter((claim) => claim.phase === "pending").length,
    };
    const since = new Date(Date.now() - 3e6).toISOString();
    const condition = (type: string, holds: boolean, reason: string, message: string) => ({
      type,
      status: holds ? ("True" as const) : ("False" as const),
      reason,
      message,
      lastTransitionTime: since,
      observedGeneration: 1,
    });
    return {
      name: "default",
      spec: this.spec,
      status: {
        ...status,
        conditions: [
          condition(
            "Available",
            status.ready > 0,
            status.ready > 0 ? "InstancesReady" : "NoneReady",
            `${status.ready} ready`,
          ),
          condition(
            "Progressing",
            status.starting > 0,
            status.starting > 0 ? "InstancesStarting" : "Settled",
            "",
          ),
          condition("Degraded", false, "AsExpected", ""),
        ],
        explanation: `${status.ready} of ${status.desired} idle ready, ${status.starting} starting`,
      },
      generation: this.generation,
      observedGeneration: this.generation,
      createdAt: since,
      updatedAt: since,
    };
  }

  /** Takes a claim in; `step` moves it on. */
  claim(request: ClaimRequest): Claim {
    const template = this.templates.find((it) => it.templateId === request.templateId);
    const claim: Claim = {
      claimId: uuid(50_000 + this.claims.length),
      phase: "pending",
      agentName: template?.agentName ?? request.agentName ?? "",
      pool: "default",
      templateId: template?.templateId,
      position: 1,
      estimateSeconds: 20,
      tools: (template?.tools ?? []).map((tool) => ({
        toolId: tool.id,
        provisioning: tool.provisioning,
        phase: "pending",
      })),
      conditions: [],
      createdAt: new Date().toISOString(),
    };
    this.claims.unshift(claim);
    this.tell("claim", claim.claimId, "Queued", "no instance is free: in line", undefined, "pending");
    return claim;
  }

  /** Moves a claim one phase on. */
  step(claim: Claim) {
    const ways = {
      pending: "provisioning",
      bound: "provisioning",
      provisioning: "configuring",
      configuring: "ready",
    } as const;
    const to = ways[claim.phase as keyof typeof ways];
    if (to === undefined) return;
    const from = claim.phase;
    claim.phase = to;
    claim.position = undefined;
    claim.estimateSeconds = undefined;
    const instance =
      this.instances.find((it) => it.instanceId === claim.instanceId) ??
      this.instances.find((it) => it.status === "ready");
    if (to === "provisioning" && instance) {
      claim.instanceId = instance.instanceId;
      Object.assign(instance, {
        status: "claiming",
        agentName: claim.agentName,
        name: claim.agentName,
        claimId: claim.claimId,
        statusSince: new Date().toISOString(),
      });
    }
    if (to === "configuring")
      for (const tool of claim.tools)
        Object.assign(tool, { phase: "ready", resourceId: `${claim.agentName.toLowerCase()}@mail.example` });
    if (to === "ready") {
      claim.readyAt = new Date().toISOString();
      claim.inviteUrl = `https://popup.example.org/v2?i=${claim.claimId.replace(/-/g, "")}abcdef`;
      if (instance) instance.status = "claimed";
    }
    this.tell("claim", claim.claimId, to === "ready" ? "Ready" : "Moved", `is now ${to}`, from, to);
    if (instance)
      this.tell(
        "instance",
        instance.instanceId,
        "Status",
        `is now ${instance.status}`,
        undefined,
        instance.status,
      );
  }

  /** Some hours that look like a day's work. */
  history(steps: number, stepSeconds: number): HistoryPoint[] {
    const last = Math.floor(Date.now() / 1_000 / stepSeconds) * stepSeconds;
    return Array.from({ length: steps }, (_, index) => {
      const wave = (1 + Math.sin(index / 17)) / 2;
      const made = Math.round(wave * 5 * Math.abs(Math.sin(index * 1.7)));
      const starting = Math.round(wave * 2);
      return {
        at: new Date((last - (steps - 1 - index) * stepSeconds) * 1_000).toISOString(),
        desired: 5,
        ready: Math.max(0, 5 - starting - (index % 50 === 0 ? 3 : 0)),
        starting,
        claiming: made > 3 ? 1 : 0,
        claimed: Math.round(8 + 5 * Math.sin(index / 60)),
        stuck: index > 150 && index < 160 ? 1 : 0,
        destroying: index % 23 === 0 ? 1 : 0,
        waiting: 0,
        claimsMade: made,
        claimsReady: made,
        claimsFailed: 0,
        claimsHit: Math.max(0, made - (index % 50 < 3 ? 1 : 0)),
        claimSecondsMedian: made === 0 ? null : 1.1 + wave,
        claimSecondsP95: made === 0 ? null : 2.2 + 3 * wave,
      };
    });
  }

  destroy(instance: Instance): DestroyRequest {
    const known = this.destroyRequests.find((it) => it.instanceId === instance.instanceId);
    if (known) return known;
    const request: DestroyRequest = {
      destroyRequestId: uuid(70_000 + this.destroyRequests.length),
      instanceId: instance.instanceId,
      reason: "operator",
      requestedBy: "api/admin",
      phase: "destroying",
      attempts: 0,
      createdAt: new Date().toISOString(),
    };
    this.destroyRequests.unshift(request);
    instance.status = "destroying";
    this.tell(
      "instance",
      instance.instanceId,
      "DestroyRequested",
      "its destruction was asked for",
      "ready",
      "destroying",
    );
    return request;
  }
}
