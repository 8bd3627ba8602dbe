//! An instance's life: made, looked at, taken away.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::services::{
    CreateInstance, Creation, Destruction, STATUS_BATCH_MAX, StatusBatch, StatusDetails, Statuses,
};
use process::problem::{Json, Path, Problem, Query};
use serde::Deserialize;

use super::caller::{Pool, read_id};
use super::refusal::{gone, milliseconds};
use crate::app::Services;
use crate::saga::{CreationEnd, DestructionEnd, NewCreation};
use crate::settings::is_image_reference;
use crate::{saga, status};

/// Variables that a caller may add to those of every agent.
const VARIABLES_MAX: usize = 100;
const VARIABLE_NAME_CHARACTERS_MAX: usize = 100;
const VARIABLE_BYTES_MAX: usize = 32 * 1024;

/// `POST /create-instance`
pub async fn create(
    _: Pool,
    State(services): State<Arc<Services>>,
    Json(wish): Json<CreateInstance>,
) -> Result<Response, Problem> {
    check(&wish)?;
    let CreateInstance { instance_id, image, env } = wish;
    let new = NewCreation { instance_id: instance_id.as_str().to_owned(), image, env };
    Ok(match saga::create(&services, new).await? {
        CreationEnd::Done { url, image } => {
            let url = url.trim_end_matches('/').to_owned();
            Json(Creation::Done { instance_id, url, image }).into_response()
        }
        CreationEnd::Unfinished { step, after } => {
            let step = step.as_str().to_owned();
            let unfinished = Creation::Unfinished { instance_id, step, retry_after_ms: milliseconds(after) };
            (StatusCode::ACCEPTED, Json(unfinished)).into_response()
        }
        CreationEnd::Refused(reason) => {
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "creation_refused", reason));
        }
        CreationEnd::Gone => return Err(gone()),
    })
}

fn check(wish: &CreateInstance) -> Result<(), Problem> {
    if wish.image.as_deref().is_some_and(|image| !is_image_reference(image)) {
        return Err(Problem::invalid_field("image", "is no image reference"));
    }
    check_variables(&wish.env)
}

fn check_variables(env: &BTreeMap<String, String>) -> Result<(), Problem> {
    if env.len() > VARIABLES_MAX {
        return Err(Problem::invalid_field(
            "env",
            format!("must not have more than {VARIABLES_MAX} entries"),
        ));
    }
    for (name, value) in env {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let fits = !name.is_empty()
            && name.len() <= VARIABLE_NAME_CHARACTERS_MAX
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name.bytes().all(word);
        if !fits {
            return Err(Problem::invalid_field("env", "holds a name that is none of a variable"));
        }
        if value.len() > VARIABLE_BYTES_MAX {
            return Err(Problem::invalid_field(format!("env.{name}"), "must not be longer than 32 KB"));
        }
    }
    Ok(())
}

/// `DELETE /destroy/{instanceId}`
pub async fn destroy(
    _: Pool,
    State(services): State<Arc<Services>>,
    Path(instance_id): Path<String>,
) -> Result<Response, Problem> {
    let instance_id = read_id(&instance_id)?;
    Ok(destruction(saga::destroy(&services, instance_id.as_str()).await?))
}

/// How a destruction is answered.
pub fn destruction(end: DestructionEnd) -> Response {
    match end {
        DestructionEnd::Done(resources) => {
            Json(Destruction { ok: true, resources, remaining: Vec::new(), retry_after_ms: None })
                .into_response()
        }
        DestructionEnd::Remaining { what, after } => {
            let remaining = Destruction {
                ok: false,
                resources: Vec::new(),
                remaining: what,
                retry_after_ms: Some(milliseconds(after)),
            };
            (StatusCode::ACCEPTED, Json(remaining)).into_response()
        }
    }
}

/// `?detail=1`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    #[serde(default)]
    detail: u8,
}

/// `POST /status/batch`
pub async fn status(
    _: Pool,
    State(services): State<Arc<Services>>,
    Query(Detail { detail }): Query<Detail>,
    Json(batch): Json<StatusBatch>,
) -> Result<Response, Problem> {
    if batch.instance_ids.len() > STATUS_BATCH_MAX {
        let message = format!("must not have more than {STATUS_BATCH_MAX} ids");
        return Err(Problem::invalid_field("instanceIds", message));
    }
    let ids: Vec<String> = batch.instance_ids.iter().map(|id| id.as_str().to_owned()).collect();
    let mut details = status::batch(&services, &ids).await?;
    let of_all = batch.instance_ids.into_iter().filter_map(|id| {
        let detail = details.remove(id.as_str())?;
        Some((id, detail))
    });
    Ok(match detail {
        0 => Json(of_all.map(|(id, detail)| (id, detail.status)).collect::<Statuses>()).into_response(),
        1 => Json(of_all.collect::<StatusDetails>()).into_response(),
        _ => return Err(Problem::invalid_field("detail", "must be 0 or 1")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(name: &str, image: Option<&str>) -> CreateInstance {
        CreateInstance {
            instance_id: "abc123def456".parse().unwrap(),
            image: image.map(str::to_owned),
            env: BTreeMap::from([(name.to_owned(), "value".to_owned())]),
        }
    }

    #[test]
    fn what_cannot_be_a_variable_or_an_image_is_refused() {
        for name in ["", "1A", "A-B", "A=B", "A B", "Ä", &"A".repeat(101)] {
            assert!(check(&wish(name, None)).is_err(), "{name}");
        }
        assert!(check(&wish("LOG_LEVEL", Some("ghcr.io/owner/name:tag"))).is_ok());
        assert!(check(&wish("LOG_LEVEL", Some("not an image"))).is_err());
    }
}
