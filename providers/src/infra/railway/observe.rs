//! The latest deployments of many sites in few requests.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::json;
use tracing::{info, warn};

use super::answers::Member;
use super::{Deployment, Observed, Railway, SECOND_LOOK, Site, Workspace};
use crate::infra::Priority;
use crate::vendor::{Class, Failure};

/// Projects that an answer left out, and since when.
pub(super) type Missing = Mutex<HashMap<String, Instant>>;

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct FleetAnswer {
    projects_by_ids: Vec<Member>,
}

impl Railway {
    /// One answer a site, in their order. A failed request is the answer of its sites only.
    pub(super) async fn observe_sites(&self, sites: &[Site]) -> Vec<Result<Observed, Failure>> {
        let mut answers: Vec<Option<Result<Observed, Failure>>> = vec![None; sites.len()];
        let mut by_workspace: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
        for (index, site) in sites.iter().enumerate() {
            by_workspace.entry(site.workspace_id.as_deref()).or_default().push(index);
        }
        for (workspace_id, members) in by_workspace {
            let mut rest = members.as_slice();
            while !rest.is_empty() {
                let size = self.chunk.load(Ordering::Relaxed).clamp(1, rest.len());
                let (chunk, later) = rest.split_at(size);
                match self.observe_chunk(workspace_id, sites, chunk).await {
                    Ok(observed) => {
                        for (index, observed) in chunk.iter().zip(observed) {
                            answers[*index] = Some(Ok(observed));
                        }
                    }
                    Err(failure) if failure.status == Some(400) && size > 1 => {
                        self.chunk.store(size / 2, Ordering::Relaxed);
                        info!(
                            from = size,
                            to = size / 2,
                            "so many projects in one request are refused; asking for fewer"
                        );
                        continue;
                    }
                    Err(failure) => {
                        for index in chunk {
                            answers[*index] = Some(Err(failure.clone()));
                        }
                    }
                }
                rest = later;
            }
        }
        let unasked = || Err(Failure::local(super::NAME, "Fleet", Class::Transient, "not asked"));
        answers.into_iter().map(|answer| answer.unwrap_or_else(unasked)).collect()
    }

    async fn observe_chunk(
        &self,
        workspace_id: Option<&str>,
        sites: &[Site],
        chunk: &[usize],
    ) -> Result<Vec<Observed>, Failure> {
        let workspace = self.workspace(workspace_id).await?;
        let ids: Vec<&str> = chunk.iter().filter_map(|index| sites[*index].project_id.as_deref()).collect();
        let answer: FleetAnswer =
            self.read(workspace, Priority::Refill, "Fleet", json!({"ids": ids})).await?;
        let members: HashMap<&str, &Member> =
            answer.projects_by_ids.iter().map(|member| (member.id.as_str(), member)).collect();
        let mut observed = Vec::with_capacity(chunk.len());
        for index in chunk {
            let site = &sites[*index];
            let member = site.project_id.as_deref().and_then(|id| members.get(id));
            observed.push(match member {
                Some(member) if member.deleted_at.is_none() => {
                    if let Some(id) = &site.project_id {
                        self.missing.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
                    }
                    member.observed(site.environment_id.as_deref(), site.service_id.as_deref())
                }
                _ => self.confirm_missing(workspace, site).await?,
            });
        }
        Ok(observed)
    }

    /// A project that an answer leaves out may only not be visible: gone is what two looks, some time apart, do not find.
    async fn confirm_missing(&self, workspace: &Workspace, site: &Site) -> Result<Observed, Failure> {
        let Some(id) = &site.project_id else {
            return Ok(Observed { deployment: Deployment::None, since: None });
        };
        let there = match self.project(workspace, id).await {
            Ok(project) => project.deleted_at.is_none(),
            Err(failure) if matches!(failure.class, Class::NotFound | Class::Forbidden) => false,
            Err(failure) => return Err(failure),
        };
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        if there {
            missing.remove(id);
            return Ok(Observed { deployment: Deployment::InProgress, since: None });
        }
        let first = *missing.entry(id.clone()).or_insert_with(Instant::now);
        if first.elapsed() >= self.pace.wait(SECOND_LOOK) {
            warn!("a project is gone at Railway without our doing");
            return Ok(Observed { deployment: Deployment::Gone, since: None });
        }
        drop(missing);
        Err(workspace.vendor.failure(
            "Fleet",
            Class::NotVisibleYet,
            "a project was not found; it is looked for again",
        ))
    }
}
