//! Random operations and faults on a world, then rest, then the promises.
//!
//! A seed gives a list of [`Operation`](operation::Operation)s; [`run`](run::run) carries them out on two
//! replicas of each process, heals the outside, waits for rest and lists the promises that are broken. The
//! same seed gives the same operations; how the processes interleave is the machine's, so a replay repeats
//! what was done, not every race.

pub mod operation;
pub mod report;
pub mod run;
pub mod shrink;
