//! The documents that the operator sends.

pub const API_TOKEN: &str = "query ApiToken { apiToken { workspaces { id name } } }";
pub const BUDGET: &str = "query Budget($workspaceId: String!) { workspace(workspaceId: $workspaceId) { id name plan projectCount apiTokenRateLimit { remainingPoints resetsAt } } }";
pub const PROJECTS: &str = "query Projects($workspaceId: String!, $after: String) {
  projects(workspaceId: $workspaceId, first: 100, after: $after, orderBy: CREATED_AT_DESC) {
    edges { cursor node { id name createdAt deletedAt primaryEnvironmentId } } pageInfo { hasNextPage endCursor } } }";
pub const PROJECT_CREATE: &str = "mutation ProjectCreate($input: ProjectCreateInput!) {
  projectCreate(input: $input) { id name createdAt primaryEnvironmentId environments(first: 10) { edges { node { id name } } } } }";
pub const PROJECT: &str = "query Project($id: String!) { project(id: $id) { id name deletedAt workspaceId
  environments(first: 10) { edges { node { id name deletedAt } } }
  services(first: 10) { edges { node { id name createdAt deletedAt } } }
  volumes(first: 10) { edges { node { id name } } } } }";
pub const ENVIRONMENT_CREATE: &str = "mutation EnvironmentCreate($input: EnvironmentCreateInput!) { environmentCreate(input: $input) { id name } }";
pub const SERVICE_CREATE: &str = "mutation ServiceCreate($input: ServiceCreateInput!) { serviceCreate(input: $input) { id name createdAt } }";
pub const VOLUME_CREATE: &str =
    "mutation VolumeCreate($input: VolumeCreateInput!) { volumeCreate(input: $input) { id name } }";
pub const DOMAIN_CREATE: &str = "mutation ServiceDomainCreate($input: ServiceDomainCreateInput!) { serviceDomainCreate(input: $input) { id domain suffix targetPort syncStatus } }";
pub const PATCH_COMMIT: &str =
    "mutation PatchCommit($environmentId: String!, $patch: EnvironmentConfig!, $commitMessage: String) {
  environmentPatchCommit(environmentId: $environmentId, patch: $patch, commitMessage: $commitMessage) }";
pub const ENVIRONMENT: &str = "query Environment($id: String!, $projectId: String!) { environment(id: $id, projectId: $projectId) {
  id name configEtag config(decryptVariables: false)
  serviceInstances(first: 10) { edges { node { id serviceId serviceName source { image repo } healthcheckPath restartPolicyType
    restartPolicyMaxRetries numReplicas region domains { serviceDomains { id domain syncStatus } customDomains { id domain } }
    latestDeployment { id status deploymentStopped createdAt statusUpdatedAt canRedeploy meta } activeDeployments { id status } } } }
  volumeInstances(first: 10) { edges { node { id volumeId serviceId mountPath state isPendingDeletion } } } } }";
pub const FLEET: &str = "query Fleet($ids: [String!]!) { projectsByIds(ids: $ids) { id name deletedAt primaryEnvironmentId environments(first: 5) { edges { node { id name
  serviceInstances(first: 5) { edges { node { serviceId latestDeployment { id status deploymentStopped statusUpdatedAt } } } } } } } } }";
pub const DEPLOYMENTS: &str = "query Deployments($input: DeploymentListInput!, $first: Int!) { deployments(input: $input, first: $first) { edges { node {
  id status createdAt statusUpdatedAt deploymentStopped staticUrl url instances { id status } } } pageInfo { hasNextPage endCursor } } }";
pub const DEPLOYMENT: &str = "query Deployment($id: String!) { deployment(id: $id) { id status statusUpdatedAt deploymentStopped instances { id status } } }";
pub const DEPLOYMENT_EVENTS: &str = "query DeploymentEvents($id: String!) { deploymentEvents(id: $id, first: 50) { edges { node { id step createdAt completedAt payload { error reason attempt maxAttempts } } } } }";
pub const VARS: &str =
    "mutation Vars($input: VariableCollectionUpsertInput!) { variableCollectionUpsert(input: $input) }";
pub const READ_VARS: &str = "query ReadVars($projectId: String!, $environmentId: String!, $serviceId: String!) { variables(projectId: $projectId, environmentId: $environmentId, serviceId: $serviceId) }";
pub const INSTANCE_UPDATE: &str = "mutation InstanceUpdate($serviceId: String!, $environmentId: String!, $input: ServiceInstanceUpdateInput!) { serviceInstanceUpdate(serviceId: $serviceId, environmentId: $environmentId, input: $input) }";
pub const DEPLOY_V2: &str = "mutation DeployV2($serviceId: String!, $environmentId: String!) { serviceInstanceDeployV2(serviceId: $serviceId, environmentId: $environmentId) }";
pub const REDEPLOY: &str = "mutation Redeploy($serviceId: String!, $environmentId: String!) { serviceInstanceRedeploy(serviceId: $serviceId, environmentId: $environmentId) }";
pub const DEPLOYMENT_RESTART: &str =
    "mutation DeploymentRestart($id: String!) { deploymentRestart(id: $id) }";
pub const LIMITS: &str = "mutation Limits($input: ServiceInstanceLimitsUpdateInput!) { serviceInstanceLimitsUpdate(input: $input) }";
pub const PROJECT_DELETE: &str = "mutation ProjectDelete($id: String!) { projectDelete(id: $id) }";
pub const VOLUME_DELETE: &str =
    "mutation VolumeDelete($volumeId: String!) { volumeDelete(volumeId: $volumeId) }";
pub const SERVICE_DELETE: &str = "mutation ServiceDelete($id: String!) { serviceDelete(id: $id) }";
pub const RULES: &str = "query Rules($workspaceId: String!, $projectId: String) { notificationRules(workspaceId: $workspaceId, projectId: $projectId) { id eventTypes severities projectId ephemeralEnvironments channels { id config } } }";
pub const RULE_CREATE: &str = "mutation RuleCreate($input: CreateNotificationRuleInput!) { notificationRuleCreate(input: $input) { id } }";
pub const RULE_DELETE: &str = "mutation RuleDelete($id: String!) { notificationRuleDelete(id: $id) }";
pub const ON_DEPLOYMENT: &str = "subscription OnDeployment($id: String!) { deployment(id: $id) { id status statusUpdatedAt deploymentStopped } }";
pub const USAGE: &str = "query Usage($projectId: String!, $startDate: DateTime!) { usage(projectId: $projectId, startDate: $startDate, measurements: [CPU_USAGE, MEMORY_USAGE_GB, DISK_USAGE_GB, NETWORK_TX_GB]) { measurement value } }";

/// All of them.
pub const ALL: [&str; 30] = [
    API_TOKEN,
    BUDGET,
    PROJECTS,
    PROJECT_CREATE,
    PROJECT,
    ENVIRONMENT_CREATE,
    SERVICE_CREATE,
    VOLUME_CREATE,
    DOMAIN_CREATE,
    PATCH_COMMIT,
    ENVIRONMENT,
    FLEET,
    DEPLOYMENTS,
    DEPLOYMENT,
    DEPLOYMENT_EVENTS,
    VARS,
    READ_VARS,
    INSTANCE_UPDATE,
    DEPLOY_V2,
    REDEPLOY,
    DEPLOYMENT_RESTART,
    LIMITS,
    PROJECT_DELETE,
    VOLUME_DELETE,
    SERVICE_DELETE,
    RULES,
    RULE_CREATE,
    RULE_DELETE,
    ON_DEPLOYMENT,
    USAGE,
];
