//! Making the pieces: five mutations, exactly one deploy.

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::answers::{Domain, Named, Project};
use super::{MOUNT_PATH, PORT, Railway, SERVICE, Site, known};
use crate::infra::{Order, Piece, Priority};
use crate::ledger::Variables;
use crate::vendor::{Class, Failure};

/// Seconds until a container that does not answer its health check fails the deploy.
const HEALTH_CHECK_SECONDS: u32 = 300;

/// Restarts by the platform before it gives the container up.
const RESTARTS_MAX: u32 = 10;

const BYTES_A_GB: f64 = 1024.0 * 1024.0 * 1024.0;

impl Railway {
    pub(super) async fn make_piece(&self, piece: Piece, order: &Order<'_>) -> Result<Site, Failure> {
        match (piece, order.shelf) {
            (Piece::Project, Some(empty)) => self.rename_project(empty, order.name).await,
            (Piece::Project, None) => {
                self.create_project(order.site.workspace_id.as_deref(), order.name).await
            }
            (Piece::Service, _) => self.create_service(order.site).await,
            (Piece::Volume, _) => self.create_volume(order.site).await,
            (Piece::Domain, _) => self.create_domain(order.site).await,
            (Piece::Deploy, _) => self.commit(order).await,
        }
    }

    /// The environment comes with the project: making one has a throttle of its own.
    pub(super) async fn create_project(
        &self,
        workspace_id: Option<&str>,
        name: &str,
    ) -> Result<Site, Failure> {
        let workspace = self.workspace(workspace_id).await?;
        let workspace_id = self.id_of(workspace).await?;
        let input = json!({"input": {
            "name": name,
            "workspaceId": workspace_id,
            "defaultEnvironmentName": self.settings.environment,
            "prDeploys": false,
        }});
        let answer: ProjectCreated = self.write(workspace, Priority::Refill, "ProjectCreate", input).await?;
        let project = answer.project_create;
        let Some(environment_id) = project.environment(&self.settings.environment) else {
            // The project is there: the look-up adopts it, with its environment.
            return Err(workspace.vendor.failure(
                "ProjectCreate",
                Class::Ambiguous,
                "the answer names no environment",
            ));
        };
        Ok(Site {
            workspace_id: Some(workspace_id.to_owned()),
            project_id: Some(project.id),
            environment_id: Some(environment_id),
            ..Site::default()
        })
    }

    /// An empty project becomes this instance's.
    async fn rename_project(&self, empty: &Site, name: &str) -> Result<Site, Failure> {
        let workspace = self.of_site(empty).await?;
        let input = json!({"id": known(&empty.project_id, "project")?, "input": {"name": name}});
        let _: Value = self.write(workspace, Priority::Refill, "ProjectRename", input).await?;
        Ok(empty.clone())
    }

    /// Without a source: with one it would deploy at once, without variables and volume.
    async fn create_service(&self, site: &Site) -> Result<Site, Failure> {
        let input = json!({"input": {
            "projectId": known(&site.project_id, "project")?,
            "environmentId": known(&site.environment_id, "environment")?,
            "name": SERVICE,
        }});
        let answer: ServiceCreated =
            self.write(self.of_site(site).await?, Priority::Refill, "ServiceCreate", input).await?;
        Ok(Site { service_id: Some(answer.service_create.id), ..site.clone() })
    }

    async fn create_volume(&self, site: &Site) -> Result<Site, Failure> {
        let input = json!({"input": {
            "projectId": known(&site.project_id, "project")?,
            "environmentId": known(&site.environment_id, "environment")?,
            "serviceId": known(&site.service_id, "service")?,
            "mountPath": MOUNT_PATH,
        }});
        let answer: VolumeCreated =
            self.write(self.of_site(site).await?, Priority::Refill, "VolumeCreate", input).await?;
        Ok(Site { volume_id: Some(answer.volume_create.id), ..site.clone() })
    }

    async fn create_domain(&self, site: &Site) -> Result<Site, Failure> {
        let input = json!({"input": {
            "environmentId": known(&site.environment_id, "environment")?,
            "serviceId": known(&site.service_id, "service")?,
            "targetPort": PORT,
        }});
        let answer: DomainCreated =
            self.write(self.of_site(site).await?, Priority::Refill, "ServiceDomainCreate", input).await?;
        Ok(self.with_domain(site, answer.service_domain_create))
    }

    pub(super) fn with_domain(&self, site: &Site, domain: Domain) -> Site {
        Site {
            url: Some(url_of(self.settings.domain_scheme, &domain.domain)),
            domain_id: Some(domain.id),
            ..site.clone()
        }
    }

    /// Everything in one change: set one after the other, image and variables race, and some containers boot without.
    async fn commit(&self, order: &Order<'_>) -> Result<Site, Failure> {
        let site = order.site;
        let service_id = known(&site.service_id, "service")?;
        let mut deploy = json!({
            "healthcheckPath": "/pool/health",
            "healthcheckTimeout": HEALTH_CHECK_SECONDS,
            "restartPolicyType": "ON_FAILURE",
            "restartPolicyMaxRetries": RESTARTS_MAX,
            "numReplicas": 1,
            "sleepApplication": false,
            "limitOverride": {"containers": {
                "cpu": self.settings.cpu,
                "memoryBytes": (self.settings.memory_gb * BYTES_A_GB) as u64,
            }},
        });
        if let Some(registry) = &self.registry {
            deploy["registryCredentials"] =
                json!({"username": registry.username, "password": registry.password.expose_secret()});
        }
        let service = json!({
            "source": {"image": order.image},
            "variables": values(order.variables),
            "deploy": deploy,
        });
        self.patch(site, service_id, service, "create", Priority::Refill).await?;
        Ok(site.clone())
    }

    /// A new image, or the same one again: the mark makes it a change.
    pub(super) async fn deploy_image(
        &self,
        site: &Site,
        image: &str,
        mark: &str,
        priority: Priority,
    ) -> Result<(), Failure> {
        let service = json!({
            "source": {"image": image},
            "variables": {"_DEPLOY_TS": {"value": mark}, "RUNTIME_IMAGE": {"value": image}},
        });
        self.patch(site, known(&site.service_id, "service")?, service, "redeploy", priority).await
    }

    async fn patch(
        &self,
        site: &Site,
        service_id: &str,
        service: Value,
        message: &str,
        priority: Priority,
    ) -> Result<(), Failure> {
        let variables = json!({
            "environmentId": known(&site.environment_id, "environment")?,
            "patch": {"services": {service_id: service}},
            "commitMessage": message,
        });
        let _: Value = self.write(self.of_site(site).await?, priority, "PatchCommit", variables).await?;
        Ok(())
    }

    pub(super) async fn deploy_again(&self, site: &Site, priority: Priority) -> Result<(), Failure> {
        let variables = json!({
            "serviceId": known(&site.service_id, "service")?,
            "environmentId": known(&site.environment_id, "environment")?,
        });
        let _: Value = self.write(self.of_site(site).await?, priority, "DeployV2", variables).await?;
        Ok(())
    }

    /// For the next boot: the running container keeps what it has.
    pub(super) async fn upsert_variables(
        &self,
        site: &Site,
        variables: &Variables,
        priority: Priority,
    ) -> Result<(), Failure> {
        let texts: Map<String, Value> =
            variables.iter().map(|(name, value)| (name.clone(), json!(value.expose_secret()))).collect();
        let input = json!({"input": {
            "projectId": known(&site.project_id, "project")?,
            "environmentId": known(&site.environment_id, "environment")?,
            "serviceId": known(&site.service_id, "service")?,
            "variables": texts,
            "replace": false,
            "skipDeploys": true,
        }});
        let call = super::call("Vars", crate::vendor::Kind::WriteIdempotent, input);
        let _: Value = self.send(self.of_site(site).await?, priority, call).await?;
        Ok(())
    }
}

fn values(variables: &Variables) -> Value {
    variables.iter().map(|(name, value)| (name.clone(), json!({"value": value.expose_secret()}))).collect()
}

/// `http` is for loopback domains only; a domain with a port is kept as it is.
fn url_of(scheme: &str, domain: &str) -> String {
    let host = domain.rsplit_once(':').map_or(domain, |(host, _port)| host);
    let loopback = host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.");
    let scheme = if loopback { scheme } else { "https" };
    format!("{scheme}://{domain}")
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProjectCreated {
    project_create: Project,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceCreated {
    service_create: Named,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct VolumeCreated {
    volume_create: Named,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct DomainCreated {
    service_domain_create: Domain,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_domains_are_reached_without_tls() {
        assert_eq!(url_of("http", "127.0.0.1:4321"), "http://127.0.0.1:4321");
        assert_eq!(url_of("http", "abc.localhost:4321"), "http://abc.localhost:4321");
        assert_eq!(url_of("http", "abc.up.railway.app"), "https://abc.up.railway.app");
        assert_eq!(url_of("https", "abc.up.railway.app"), "https://abc.up.railway.app");
    }
}
