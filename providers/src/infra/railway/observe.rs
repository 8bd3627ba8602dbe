//! The latest deployments of many sites in few requests.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use tracing::{info, warn};

use super::answers::Member;
use super::{Deployment, Observed, Railway, SECOND_LOOK, Site, Workspace};
use crate::infra::Priority;
use crate::vendor::{Class, Failure, Kind};

/// Projects that an answer left out, and since when.
pub(super) type Missing = Mutex<HashMap<String, Instant>>;

#[derive(serde::Deserialize)]
struct FleetAnswer {
    data: Fleet,
    #[serde(default)]
    errors: Vec<PartError>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fleet {
    projects_by_ids: Vec<Value>,
}

/// Something below one member of the list could not be read.
#[derive(serde::Deserialize)]
struct PartError {
    path: Vec<Value>,
}

impl FleetAnswer {
    /// The projects by id; `None` for those of which a part could not be read. What is missing in them was perhaps only not
    /// read, so nothing is taken from them.
    fn members(self) -> HashMap<String, Option<Member>> {
        let place = |error: &PartError| usize::try_from(error.path.get(1)?.as_u64()?).ok();
        let unread: HashSet<usize> = self.errors.iter().filter_map(place).collect();
        let projects = self.data.projects_by_ids.into_iter().enumerate();
        let member = |(index, project): (usize, Value)| {
            let id = project["id"].as_str()?.to_owned();
            let member = if unread.contains(&index) { None } else { serde_json::from_value(project).ok() };
            Some((id, member))
        };
        projects.filter_map(member).collect()
    }
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
                            answers[*index] = Some(observed);
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
    ) -> Result<Vec<Result<Observed, Failure>>, Failure> {
        let workspace = self.workspace(workspace_id).await?;
        let ids: Vec<&str> = chunk.iter().filter_map(|index| sites[*index].project_id.as_deref()).collect();
        let call = super::call("Fleet", Kind::Read, json!({"ids": ids})).partial();
        let answer: FleetAnswer = self.reply(workspace, Priority::Refill, call).await?.into()?;
        let members = answer.members();
        let mut observed = Vec::with_capacity(chunk.len());
        for index in chunk {
            let site = &sites[*index];
            let member = site.project_id.as_deref().and_then(|id| members.get(id));
            observed.push(match member {
                Some(None) => Err(workspace.vendor.failure(
                    "Fleet",
                    Class::Transient,
                    "a part of the project could not be read",
                )),
                Some(Some(member)) if member.deleted_at.is_none() => {
                    if let Some(id) = &site.project_id {
                        self.missing.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
                    }
                    Ok(member.observed(site.environment_id.as_deref(), site.service_id.as_deref()))
                }
                Some(Some(_)) | None => self.confirm_missing(workspace, site).await,
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
