//! A piece of a site as a step.

use chrono::{DateTime, Utc};
use process::clock;

use super::Work;
use super::step::{Effect, StepEnd};
use crate::infra::{Lane, Order, Piece, Site};
use crate::ledger::{Instance, LedgerError, Step, Variables};
use crate::vendor::Failure;

/// Together a minute and a half: lists lag, and a lost call may arrive late.
const LOOKS_LONG: &[u64] = &[2, 5, 10, 20, 40, 13];
/// What hangs below a project is visible sooner.
const LOOKS_SHORT: &[u64] = &[2, 5, 10, 13];
/// A repeated commit ends in the same state, so one look is enough.
const LOOKS_ONCE: &[u64] = &[2];

/// Making one piece for one instance.
pub(super) struct PieceEffect<'a> {
    pub work: &'a Work,
    pub instance: &'a Instance,
    pub piece: Piece,
    pub shelf: Option<Site>,
    pub variables: &'a Variables,
}

impl PieceEffect<'_> {
    pub(super) fn order(&self, sent_at: DateTime<Utc>) -> Order<'_> {
        Order {
            name: &self.instance.name,
            site: &self.instance.site,
            shelf: self.shelf.as_ref(),
            sent_at,
            image: self.instance.image.as_deref().unwrap_or(&self.instance.image_tag),
            variables: self.variables,
        }
    }
}

impl Effect for PieceEffect<'_> {
    type Made = Site;

    fn step(&self) -> &str {
        step_of(self.piece).as_str()
    }

    fn lane(&self) -> Option<Lane> {
        let workspace_id = self.instance.site.workspace_id.as_deref().unwrap_or_default();
        match self.piece {
            Piece::Project if self.shelf.is_none() => {
                Some(self.work.services.infra.project_lane(workspace_id))
            }
            Piece::Volume => Some(self.work.services.infra.volume_lane(workspace_id)),
            _ => None,
        }
    }

    fn looks(&self) -> &'static [u64] {
        match self.piece {
            Piece::Project if self.shelf.is_some() => LOOKS_ONCE,
            Piece::Project | Piece::Volume => LOOKS_LONG,
            Piece::Service | Piece::Domain => LOOKS_SHORT,
            Piece::Deploy => LOOKS_ONCE,
        }
    }

    async fn send(&self, sent_at: DateTime<Utc>) -> Result<Site, Failure> {
        self.work.services.infra.make(self.piece, &self.order(sent_at)).await
    }

    async fn look(&self, sent_at: DateTime<Utc>) -> Result<Option<Site>, Failure> {
        self.work.services.infra.find(self.piece, &self.order(sent_at)).await
    }

    async fn record(&self, attempt: i64, made: Site) -> Result<StepEnd, LedgerError> {
        let ledger = &self.work.services.ledger;
        ledger.made(&self.work.lease, attempt, step_of(self.piece), &made, clock::now()).await?;
        Ok(StepEnd::Done)
    }
}

fn step_of(piece: Piece) -> Step {
    match piece {
        Piece::Project => Step::Project,
        Piece::Service => Step::Service,
        Piece::Volume => Step::Volume,
        Piece::Domain => Step::Domain,
        Piece::Deploy => Step::Deploy,
    }
}
