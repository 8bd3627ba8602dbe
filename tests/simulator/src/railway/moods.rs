//! What an operator can make Railway do by itself, below `/_sim/railway`: deployments that wait for a person or are
//! skipped, answers that lack a part, containers that are moved to other hosts.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Extract;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Railway;
use super::desk::Desk;
use super::records::Status;
use super::session::PROBLEM;
use super::state::Due;
use crate::control::{Wrong, parse};
use crate::exchange::{Answer, Content};

const HOUR_MILLIS: f64 = 3_600_000.0;
/// A finer draw than any test can tell.
const DRAW_STEPS: u64 = 1_000_000;

/// How Railway is disposed. `PUT /_sim/railway` replaces all of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Moods {
    /// So many of the next deployments wait for the order `approve`.
    needs_approval: u32,
    /// So many of the next deployments are skipped, as if nothing had changed.
    skipped: u32,
    /// So many of the next answers about several projects lack the deployment of one, and say so.
    partial_answers: u32,
    /// How often an hour the platform deploys each running service anew, by itself.
    redeploys_per_hour: f64,
    /// Leaves every workspace so many requests of the present hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    requests_left: Option<u64>,
}

/// `PUT /_sim/railway`
pub(super) async fn set(Extract(railway): Extract<Arc<Railway>>, body: Bytes) -> Result<Json<Value>, Wrong> {
    let moods: Moods = parse(&body)?;
    railway.visit(|mut desk| {
        desk.state.moods = moods;
        if let Some(left) = moods.requests_left {
            desk.state.limits.leave(left, desk.world.options.plan);
        }
        let running = desk.state.deployments.values().filter(|it| it.status == Status::Success);
        let mut running: Vec<String> = running.map(|it| it.id.clone()).collect();
        // The order of a map is another in each run; the draws must not be.
        running.sort_unstable();
        running.iter().for_each(|id| desk.plan_a_move(id));
    });
    Ok(Json(json!(moods)))
}

impl Desk<'_> {
    /// Where a new deployment goes instead of the line, if anywhere.
    pub fn set_aside(&mut self) -> Option<Status> {
        let moods = &mut self.state.moods;
        for (left, status) in
            [(&mut moods.skipped, Status::Skipped), (&mut moods.needs_approval, Status::NeedsApproval)]
        {
            if *left > 0 {
                *left -= 1;
                return Some(status);
            }
        }
        None
    }

    /// Draws when the platform moves a running deployment, if it does such things now.
    pub fn plan_a_move(&mut self, id: &str) {
        let per_hour = self.state.moods.redeploys_per_hour;
        if per_hour <= 0.0 {
            return;
        }
        let draw = (self.dice.between(1, DRAW_STEPS) as f64) / DRAW_STEPS as f64;
        // Moves come independently of each other, so the times between them are exponential.
        let wait = -draw.ln() * HOUR_MILLIS / per_hour;
        self.timer(id, wait as u64, Due::Move);
    }

    /// Takes a part out of an answer about several projects, as Railway does when it cannot read one of them.
    pub fn spoil(&mut self, mut answer: Answer) -> Answer {
        if self.state.moods.partial_answers == 0 {
            return answer;
        }
        let Content::Json(body) = &mut answer.body else { return answer };
        let Some(projects) = body["data"]["projectsByIds"].as_array_mut() else { return answer };
        let Some(path) = projects.iter_mut().enumerate().find_map(|(index, project)| lose(index, project))
        else {
            return answer;
        };
        self.state.moods.partial_answers -= 1;
        body["errors"] = json!([{
            "message": PROBLEM,
            "path": path,
            "extensions": {"code": "INTERNAL_SERVER_ERROR"},
            "traceId": self.dice.hex(8),
        }]);
        answer
    }
}

/// Loses the deployment of a project; the path to it, if it had one.
fn lose(index: usize, project: &mut Value) -> Option<Value> {
    const INSTANCE: &str = "/environments/edges/0/node/serviceInstances/edges/0/node";
    let deployment = project.pointer_mut(INSTANCE)?.get_mut("latestDeployment")?;
    if deployment.is_null() {
        return None;
    }
    *deployment = Value::Null;
    let below = ["environments", "edges"].map(Value::from);
    let mut path = vec![json!("projectsByIds"), json!(index)];
    path.extend(below);
    path.extend([
        json!(0),
        json!("node"),
        json!("serviceInstances"),
        json!("edges"),
        json!(0),
        json!("node"),
    ]);
    path.push(json!("latestDeployment"));
    Some(path.into())
}
