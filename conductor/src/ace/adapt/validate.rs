//! Measuring a playbook on samples that nothing is learnt from.
//!
//! What must stay true: it changes no playbook and uses no chance, so that the same playbook is measured alike.

use super::commit::Run;
use super::lesson::{Lost, Task};
use super::{Arm, Part, Stop};
use crate::ace::environment::Sample;
use crate::domain::Playbook;

impl Run<'_> {
    /// Asks each of `samples`, with all active bullets of `book`, or without any for the baseline.
    pub(super) async fn validate(&mut self, samples: &[Sample], book: Option<&Playbook>) -> Result<Arm, Stop> {
        let mut arm = Arm::default();
        for sample in samples {
            arm = arm.plus(self.measure(sample, book).await?);
        }
        Ok(arm)
    }

    /// Asks one, trying again while no model can be reached.
    pub(super) async fn measure(&mut self, sample: &Sample, book: Option<&Playbook>) -> Result<Arm, Stop> {
        let part = if book.is_some() { Part::Validation } else { Part::Bare };
        loop {
            let mut task = Task::new(self.setup, self.means, sample, part, (self.state.epoch, self.state.outputs));
            match task.measure(book).await {
                Ok(answer) => {
                    self.reached();
                    self.state.outputs = task.outputs;
                    let mut arm = Arm::default();
                    match answer {
                        Ok(verdict) => arm.note(verdict.outcome),
                        Err(Lost::Unreadable(_)) => arm.unreadable += 1,
                        Err(Lost::Failed(_)) => arm.failed += 1,
                    }
                    return Ok(arm);
                }
                Err(broken) => self.again(broken)?,
            }
        }
    }
}
